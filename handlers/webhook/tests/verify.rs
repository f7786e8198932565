//! Signatures, against values computed elsewhere.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lifestage_webhook::{Headers, Secret, SecretError, Verifier, VerifyError};

const SENT: u64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;

/// The example of the Standard Webhooks specification.
const STANDARD: Headers<'_> = Headers {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: "1614265330",
    signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

fn standard() -> Secret {
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()
}

fn other() -> Secret {
    Secret::from_bytes(b"the second secret of a sender!!").unwrap()
}

fn after(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(SENT + seconds)
}

#[test]
fn signatures_are_those_of_others() {
    assert_eq!(standard().sign(STANDARD.id, 1_614_265_330, BODY), STANDARD.signature);
    // By `hmac` and `hashlib` of Python.
    let first = Secret::from_bytes(b"lifestage has no secrets here").unwrap();
    assert_eq!(
        first.sign("lead-1/2/0", 1_772_442_000, b"{}"),
        "v1,jUowGJMVNtGXNtnL4eyj0RI2oaOC40DXfiCRKu2J/DE="
    );
    assert_eq!(
        other().sign("lead-1/2/0", 1_772_442_000, b"{}"),
        "v1,q4euoKJRG4xj/68luNbDS5EzPOfs7H8iBen2HyQ/pIk="
    );
}

#[test]
fn a_message_is_believed_as_it_was_signed_only() {
    let verifier = Verifier::new(standard());
    assert_eq!(verifier.verify(&STANDARD, BODY, after(0)), Ok(()));
    let wrong = Err(VerifyError::Signature);
    assert_eq!(verifier.verify(&STANDARD, b"{}", after(0)), wrong);
    assert_eq!(verifier.verify(&Headers { id: "msg_x", ..STANDARD }, BODY, after(0)), wrong);
    assert_eq!(verifier.verify(&Headers { timestamp: "1614265331", ..STANDARD }, BODY, after(0)), wrong);
    assert_eq!(Verifier::new(other()).verify(&STANDARD, BODY, after(0)), wrong);
    for signature in [
        "",
        "v1,",
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ",
        "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ] {
        assert_eq!(verifier.verify(&Headers { signature, ..STANDARD }, BODY, after(0)), wrong, "{signature}");
    }
}

#[test]
fn one_good_signature_by_one_good_secret_is_enough() {
    let signature = format!("v1a,AAAA v1,AAAA {}", STANDARD.signature);
    let headers = Headers { signature: &signature, ..STANDARD };
    assert_eq!(Verifier::new(other()).with_secret(standard()).verify(&headers, BODY, after(0)), Ok(()));
}

#[test]
fn old_messages_and_those_of_the_future_are_not_believed() {
    let verifier = Verifier::new(standard());
    assert_eq!(verifier.verify(&STANDARD, BODY, after(300)), Ok(()));
    assert_eq!(verifier.verify(&STANDARD, BODY, after(301)), Err(VerifyError::Time));
    assert_eq!(verifier.verify(&STANDARD, BODY, after(0) - Duration::from_secs(300)), Ok(()));
    let early = after(0) - Duration::from_secs(301);
    assert_eq!(verifier.verify(&STANDARD, BODY, early), Err(VerifyError::Time));
    let patient = verifier.with_tolerance(Duration::from_secs(3600));
    assert_eq!(patient.verify(&STANDARD, BODY, after(3600)), Ok(()));
    for timestamp in ["", "now", "-1", "1614265330.5", "18446744073709551615", "99999999999999999999"] {
        let headers = Headers { timestamp, ..STANDARD };
        assert_eq!(patient.verify(&headers, BODY, after(0)), Err(VerifyError::Time), "{timestamp}");
    }
}

#[test]
fn a_secret_has_its_prefix_its_padding_and_its_length() {
    let error = |text: &str| text.parse::<Secret>().err();
    assert_eq!(error("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Some(SecretError::Prefix));
    assert_eq!(error("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"), Some(SecretError::Coding));
    assert_eq!(error("whsec_"), Some(SecretError::Length { bytes: 0 }));
    let of_length = |bytes| Secret::from_bytes(&vec![7; bytes]).err();
    assert_eq!(of_length(23), Some(SecretError::Length { bytes: 23 }));
    assert_eq!((of_length(24), of_length(64)), (None, None));
    assert_eq!(of_length(65), Some(SecretError::Length { bytes: 65 }));
}
