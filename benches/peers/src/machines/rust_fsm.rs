//! `rust-fsm` has no guards: the output of a transition names the check that its caller makes.

use super::Asked;
use crate::engine::Decide;
use crate::w1::{self, Lead};
use crate::workload::{CRITERIA, NO_MOVE, ROLE, Request, Workload};

rust_fsm::state_machine! {
    #[derive(Clone, Copy)]
    pub(super) pipeline(New)

    New => {
        MarkContacted => Contacted [Anyone],
        MarkLost => Lost [Anyone],
        MarkDormant => Dormant [Keeper],
    },
    Contacted => {
        MarkEngaged => Engaged [Anyone],
        MarkLost => Lost [Anyone],
        MarkDormant => Dormant [Keeper],
    },
    Engaged => {
        SetAppointment => AppointmentSet [Anyone],
        MarkContacted => Contacted [Anyone],
        MarkLost => Lost [Anyone],
        MarkDormant => Dormant [Keeper],
    },
    AppointmentSet => {
        MarkShowed => Showed [Anyone],
        NoShow => Engaged [Anyone],
        MarkLost => Lost [Anyone],
        MarkDormant => Dormant [Keeper],
    },
    Showed => {
        StartNegotiation => Negotiating [AnyoneQualified],
        MarkEngaged => Engaged [Anyone],
        MarkLost => Lost [Anyone],
    },
    Negotiating => {
        MarkWon => Won [CloserQualified],
        MarkLost => Lost [Anyone],
        MarkEngaged => Engaged [Anyone],
    },
    Lost(Revive) => Contacted [Anyone],
    Dormant(Revive) => Contacted [Anyone],
}

use pipeline::{Input, Output, State, StateMachine};

const STATES: [State; 9] = [
    State::New,
    State::Contacted,
    State::Engaged,
    State::AppointmentSet,
    State::Showed,
    State::Negotiating,
    State::Won,
    State::Lost,
    State::Dormant,
];
const INPUTS: [Input; 10] = [
    Input::MarkContacted,
    Input::MarkEngaged,
    Input::SetAppointment,
    Input::MarkShowed,
    Input::NoShow,
    Input::StartNegotiation,
    Input::MarkWon,
    Input::MarkLost,
    Input::MarkDormant,
    Input::Revive,
];

pub struct RustFsm {
    leads: Vec<Lead>,
}

impl RustFsm {
    pub fn new(workload: &Workload) -> Self {
        Self { leads: w1::leads(workload) }
    }
}

fn number(state: State) -> u8 {
    match state {
        State::New => 0,
        State::Contacted => 1,
        State::Engaged => 2,
        State::AppointmentSet => 3,
        State::Showed => 4,
        State::Negotiating => 5,
        State::Won => 6,
        State::Lost => 7,
        State::Dormant => 8,
    }
}

impl Decide for RustFsm {
    #[inline]
    fn decide(&mut self, request: &Request) -> u8 {
        let asked = Asked { roles: request.roles, lead: self.leads[usize::from(request.contact)] };
        let mut machine = StateMachine::from_state(STATES[usize::from(request.stage)]);
        let Ok(check) = machine.consume(&INPUTS[usize::from(request.mv)]) else { return NO_MOVE };
        let (permitted, qualified) = match check {
            Some(Output::Anyone) | None => (asked.anyone(), true),
            Some(Output::Keeper) => (asked.keeper(), true),
            Some(Output::AnyoneQualified) => (asked.anyone(), asked.lead.qualifies()),
            Some(Output::CloserQualified) => (asked.closer(), asked.lead.qualifies()),
        };
        if !permitted {
            ROLE
        } else if !qualified {
            CRITERIA
        } else {
            number(*machine.state())
        }
    }
}
