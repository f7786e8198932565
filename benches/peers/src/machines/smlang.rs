//! `smlang` with guards that say by a custom error why they refuse.

use super::Asked;
use crate::engine::Decide;
use crate::w1::{self, Lead};
use crate::workload::{CRITERIA, NO_MOVE, ROLE, Request, Workload};

smlang::statemachine! {
    derive_states: [Clone, Copy],
    derive_events: [Clone, Copy],
    custom_error: true,
    transitions: {
        *New + MarkContacted [anyone] = Contacted,
        New + MarkLost [anyone] = Lost,
        New + MarkDormant [keeper] = Dormant,
        Contacted + MarkEngaged [anyone] = Engaged,
        Contacted + MarkLost [anyone] = Lost,
        Contacted + MarkDormant [keeper] = Dormant,
        Engaged + SetAppointment [anyone] = AppointmentSet,
        Engaged + MarkContacted [anyone] = Contacted,
        Engaged + MarkLost [anyone] = Lost,
        Engaged + MarkDormant [keeper] = Dormant,
        AppointmentSet + MarkShowed [anyone] = Showed,
        AppointmentSet + NoShow [anyone] = Engaged,
        AppointmentSet + MarkLost [anyone] = Lost,
        AppointmentSet + MarkDormant [keeper] = Dormant,
        Showed + StartNegotiation [anyone && qualified] = Negotiating,
        Showed + MarkEngaged [anyone] = Engaged,
        Showed + MarkLost [anyone] = Lost,
        Negotiating + MarkWon [closer && qualified] = Won,
        Negotiating + MarkLost [anyone] = Lost,
        Negotiating + MarkEngaged [anyone] = Engaged,
        Lost + Revive [anyone] = Contacted,
        Dormant + Revive [anyone] = Contacted,
    },
}

/// Why a guard refuses.
#[derive(Debug)]
pub enum Refused {
    Role,
    Criteria,
}

fn or(ok: bool, refused: Refused) -> Result<bool, Refused> {
    if ok { Ok(true) } else { Err(refused) }
}

impl StateMachineContext for Asked {
    type Error = Refused;

    fn anyone(&self) -> Result<bool, Refused> {
        or(Asked::anyone(self), Refused::Role)
    }

    fn closer(&self) -> Result<bool, Refused> {
        or(Asked::closer(self), Refused::Role)
    }

    fn keeper(&self) -> Result<bool, Refused> {
        or(Asked::keeper(self), Refused::Role)
    }

    fn qualified(&self) -> Result<bool, Refused> {
        or(self.lead.qualifies(), Refused::Criteria)
    }
}

const STATES: [States; 9] = [
    States::New,
    States::Contacted,
    States::Engaged,
    States::AppointmentSet,
    States::Showed,
    States::Negotiating,
    States::Won,
    States::Lost,
    States::Dormant,
];
const EVENTS: [Events; 10] = [
    Events::MarkContacted,
    Events::MarkEngaged,
    Events::SetAppointment,
    Events::MarkShowed,
    Events::NoShow,
    Events::StartNegotiation,
    Events::MarkWon,
    Events::MarkLost,
    Events::MarkDormant,
    Events::Revive,
];

fn number(state: States) -> u8 {
    match state {
        States::New => 0,
        States::Contacted => 1,
        States::Engaged => 2,
        States::AppointmentSet => 3,
        States::Showed => 4,
        States::Negotiating => 5,
        States::Won => 6,
        States::Lost => 7,
        States::Dormant => 8,
    }
}

pub struct Smlang {
    leads: Vec<Lead>,
}

impl Smlang {
    pub fn new(workload: &Workload) -> Self {
        Self { leads: w1::leads(workload) }
    }
}

impl Decide for Smlang {
    #[inline]
    fn decide(&mut self, request: &Request) -> u8 {
        let asked = Asked { roles: request.roles, lead: self.leads[usize::from(request.contact)] };
        let mut machine = StateMachine::new_with_state(asked, STATES[usize::from(request.stage)]);
        match machine.process_event(EVENTS[usize::from(request.mv)]) {
            Ok(state) => number(*state),
            Err(Error::GuardFailed(Refused::Role) | Error::ActionFailed(Refused::Role)) => ROLE,
            Err(Error::GuardFailed(Refused::Criteria) | Error::ActionFailed(Refused::Criteria)) => CRITERIA,
            Err(Error::InvalidEvent | Error::TransitionsFailed) => NO_MOVE,
        }
    }
}
