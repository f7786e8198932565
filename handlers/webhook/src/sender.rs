use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::time::Duration;

use lifestage::outbox::Delivery;
use lifestage::{Handled, Handler, HandlerError, Timestamp, Value};
use ureq::http::{Response, Uri};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use crate::message::{Message, header_id};
use crate::reach::{Lookup, OutOfReach, Reach};
use crate::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};

/// The argument with the address.
const URL: &str = "url";

/// The header by which servers of many kinds know a request that they had before.
const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// How many characters of an answer an error shows.
const SHOWN: usize = 200;

type HostRule = Box<dyn Fn(&str) -> bool + Send + Sync>;
type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// Sends effects to the address in their argument `url`, as signed JSON. The documentation of the
/// [package](crate) shows one at work.
pub struct Webhooks {
    secrets: Vec<Secret>,
    secrets_of_hosts: Vec<(String, Vec<Secret>)>,
    tenant: Option<String>,
    reach: Reach,
    rules: Vec<HostRule>,
    connect: Duration,
    overall: Duration,
    response: u64,
    clock: Clock,
    agent: Agent,
}

impl Webhooks {
    /// A sender that signs with this secret, over https, to public addresses, with five seconds to connect and fifteen
    /// in all, reading up to 16 KiB of an answer.
    pub fn new(secret: Secret) -> Self {
        let (connect, overall) = (Duration::from_secs(5), Duration::from_secs(15));
        Self {
            secrets: vec![secret],
            secrets_of_hosts: Vec::new(),
            tenant: None,
            reach: Reach::default(),
            rules: Vec::new(),
            connect,
            overall,
            response: 16 * 1024,
            clock: Box::new(Timestamp::now),
            agent: agent(connect, overall, Reach::default()),
        }
    }

    /// One more secret, while receivers go over from an old one to a new one: each message is signed with both.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// A secret for one host, which is signed for with its own secrets only. Whoever has a secret can sign with it, so
    /// receivers that do not trust each other must not share one.
    #[must_use]
    pub fn with_secret_of_host(mut self, host: &str, secret: Secret) -> Self {
        let host = plain_host(host);
        match self.secrets_of_hosts.iter_mut().find(|(known, _)| *known == host) {
            Some((_, secrets)) => secrets.push(secret),
            None => self.secrets_of_hosts.push((host, vec![secret])),
        }
        self
    }

    /// Names the tenant, in the body and before each id. Effects of two tenants may have the same id, and a receiver of
    /// both would take the second one for the first.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sends to these hosts only, without regard to letter case.
    #[must_use]
    pub fn with_hosts<'h>(self, hosts: impl IntoIterator<Item = &'h str>) -> Self {
        let hosts: BTreeSet<String> = hosts.into_iter().map(plain_host).collect();
        self.with_host_rule(move |host| hosts.contains(host))
    }

    /// Sends only to hosts that the rule allows, and every other rule too. It gets the host in lower case.
    #[must_use]
    pub fn with_host_rule(mut self, rule: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.rules.push(Box::new(rule));
        self
    }

    /// Sends without encryption too, to `http:` addresses. Anybody on the way can read that.
    #[must_use]
    pub fn with_plain_http(mut self) -> Self {
        self.reach.plain_http = true;
        self.connected()
    }

    /// Sends to this machine too, with or without encryption. Where strangers have a say in the address of a webhook, this
    /// opens every service of the machine to them.
    #[must_use]
    pub fn with_loopback(mut self) -> Self {
        self.reach.loopback = true;
        self.connected()
    }

    /// Sends to addresses of private networks too. Where strangers have a say in the address of a webhook, this opens the
    /// network to them.
    #[must_use]
    pub fn with_private_networks(mut self) -> Self {
        self.reach.private = true;
        self.connected()
    }

    /// How long connecting may take, and how long all of it. Keep that shorter than the lease of the worker.
    #[must_use]
    pub fn with_timeouts(mut self, connect: Duration, overall: Duration) -> Self {
        (self.connect, self.overall) = (connect, overall);
        self.connected()
    }

    /// How many bytes of an answer's body are read. The rest is not waited for.
    #[must_use]
    pub const fn with_response_limit(mut self, bytes: u64) -> Self {
        self.response = bytes;
        self
    }

    /// Where the time comes from that messages are stamped with, in place of the system's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    fn connected(mut self) -> Self {
        self.agent = agent(self.connect, self.overall, self.reach);
        self
    }

    /// The address of a delivery, and its host. Errors show the host only: the rest may hold a token.
    fn target(&self, delivery: &Delivery) -> Result<(Uri, String), HandlerError> {
        let Some(Value::Text(url)) = delivery.effect.args.get(URL) else {
            return Err(HandlerError::new("it has no argument `url` with an address"));
        };
        let no_address =
            || HandlerError::new("the argument `url` is no address of the form `https://host/path`");
        let uri: Uri = url.trim().parse().map_err(|_| no_address())?;
        let authority = uri.authority().ok_or_else(no_address)?;
        if authority.as_str().contains('@') {
            return Err(HandlerError::new(
                "the argument `url` has a user in it, and nobody is logged in by it",
            ));
        }
        let host = plain_host(authority.host());
        match uri.scheme_str() {
            _ if host.is_empty() => return Err(no_address()),
            Some("https") => {}
            // Whether it stays on the machine is known when the name is looked up.
            Some("http") if self.reach.plain_http || self.reach.loopback => {}
            Some("http") => return Err(HandlerError::new(format!("`{host}`: it has to be https"))),
            _ => return Err(no_address()),
        }
        if !self.rules.iter().all(|rule| rule(&host)) {
            return Err(HandlerError::new(format!("`{host}`: no webhooks may go to this host")));
        }
        Ok((uri, host))
    }

    fn signatures(&self, host: &str, id: &str, timestamp: i64, body: &[u8]) -> String {
        let own = self.secrets_of_hosts.iter().find(|(known, _)| known == host);
        let secrets = own.map_or(&self.secrets, |(_, secrets)| secrets);
        let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect();
        signatures.join(" ")
    }

    fn failure(&self, host: &str, error: &ureq::Error) -> HandlerError {
        use ureq::{Error, Timeout};
        match error {
            Error::Other(why) if why.is::<OutOfReach>() => {
                HandlerError::new(format!("`{host}`: {why}")).for_good()
            }
            Error::BadUri(_) | Error::Http(_) => {
                HandlerError::new(format!("`{host}`: the argument `url` cannot be asked for")).for_good()
            }
            Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                HandlerError::new(format!("`{host}`: no connection within {:?}", self.connect))
            }
            Error::Timeout(_) => HandlerError::new(format!("`{host}`: no answer within {:?}", self.overall)),
            Error::Io(error) => HandlerError::new(format!("`{host}`: {error}")),
            error => HandlerError::new(format!("`{host}`: {error}")),
        }
    }

    fn judge(&self, host: &str, mut response: Response<Body>) -> Result<Handled, HandlerError> {
        let status = response.status();
        let mut answer = Vec::new();
        // What was read is enough, whatever becomes of the rest. Reading it to its end keeps the connection.
        let _ = response.body_mut().as_reader().take(self.response).read_to_end(&mut answer);
        if status.is_success() {
            return Ok(Handled::Delivered);
        }
        if status.is_redirection() {
            let message = format!("`{host}` answered {}, and redirects are not followed", status.as_u16());
            return Err(HandlerError::new(message).for_good());
        }
        let shown = shown(&answer);
        let said = if shown.is_empty() { String::new() } else { format!(": `{shown}`") };
        let error = HandlerError::new(format!("`{host}` answered {}{said}", status.as_u16()));
        let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
        Err(if passes { error } else { error.for_good() })
    }
}

impl Handler for Webhooks {
    fn handle(&self, delivery: &Delivery) -> Result<Handled, HandlerError> {
        let (uri, host) = self.target(delivery).map_err(HandlerError::for_good)?;
        let tenant = self.tenant.as_deref();
        let body = serde_json::to_vec(&Message::of(delivery, tenant, URL))?;
        let id = header_id(delivery, tenant);
        let timestamp = (self.clock)().as_micros().div_euclid(1_000_000);
        let request = self
            .agent
            .post(uri)
            .header("content-type", "application/json")
            .header(IDEMPOTENCY_HEADER, &id)
            .header(ID_HEADER, &id)
            .header(TIMESTAMP_HEADER, timestamp.to_string())
            .header(SIGNATURE_HEADER, self.signatures(&host, &id, timestamp, &body));
        let response = request.send(&body).map_err(|error| self.failure(&host, &error))?;
        self.judge(&host, response)
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Webhooks");
        shown.field("tenant", &self.tenant).field("connect", &self.connect).field("overall", &self.overall);
        shown.finish_non_exhaustive()
    }
}

fn agent(connect: Duration, overall: Duration, reach: Reach) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A proxy would look names up itself.
        .proxy(None)
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .timeout_global(Some(overall))
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Lookup { reach, ..Lookup::default() })
}

/// One form of a host's name.
fn plain_host(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// The beginning of an answer, on one line.
fn shown(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let line: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line: Vec<&str> = line.into_iter().filter(|word| !word.is_empty()).collect();
    line.join(" ").chars().take(SHOWN).collect()
}
