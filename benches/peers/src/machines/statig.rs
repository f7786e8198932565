//! `statig` with a handler per state; the question and the reason of a refusal are in its context.

use statig::prelude::*;

use super::Asked;
use crate::engine::Decide;
use crate::w1::{self, Lead};
use crate::workload::{CRITERIA, NO_MOVE, ROLE, Request, Workload};

#[derive(Clone, Copy)]
pub enum Event {
    MarkContacted,
    MarkEngaged,
    SetAppointment,
    MarkShowed,
    NoShow,
    StartNegotiation,
    MarkWon,
    MarkLost,
    MarkDormant,
    Revive,
}

const EVENTS: [Event; 10] = [
    Event::MarkContacted,
    Event::MarkEngaged,
    Event::SetAppointment,
    Event::MarkShowed,
    Event::NoShow,
    Event::StartNegotiation,
    Event::MarkWon,
    Event::MarkLost,
    Event::MarkDormant,
    Event::Revive,
];

pub struct Context {
    asked: Asked,
    refused: Option<u8>,
}

impl Context {
    fn refuse(&mut self, code: u8) -> Outcome<State> {
        self.refused = Some(code);
        Handled
    }

    fn role(&mut self, permitted: bool, target: State) -> Outcome<State> {
        if permitted { Transition(target) } else { self.refuse(ROLE) }
    }

    fn anyone(&mut self, target: State) -> Outcome<State> {
        self.role(self.asked.anyone(), target)
    }

    fn keeper(&mut self, target: State) -> Outcome<State> {
        self.role(self.asked.keeper(), target)
    }

    fn qualified(&mut self, permitted: bool, target: State) -> Outcome<State> {
        if permitted && !self.asked.lead.qualifies() {
            return self.refuse(CRITERIA);
        }
        self.role(permitted, target)
    }
}

#[derive(Default)]
pub struct Pipeline;

#[state_machine(initial = "State::fresh()", state(derive(Clone, Copy)))]
impl Pipeline {
    #[state]
    fn fresh(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::MarkContacted => context.anyone(State::contacted()),
            Event::MarkLost => context.anyone(State::lost()),
            Event::MarkDormant => context.keeper(State::dormant()),
            _ => context.refuse(NO_MOVE),
        }
    }

    #[state]
    fn contacted(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::MarkEngaged => context.anyone(State::engaged()),
            Event::MarkLost => context.anyone(State::lost()),
            Event::MarkDormant => context.keeper(State::dormant()),
            _ => context.refuse(NO_MOVE),
        }
    }

    #[state]
    fn engaged(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::SetAppointment => context.anyone(State::appointment_set()),
            Event::MarkContacted => context.anyone(State::contacted()),
            Event::MarkLost => context.anyone(State::lost()),
            Event::MarkDormant => context.keeper(State::dormant()),
            _ => context.refuse(NO_MOVE),
        }
    }

    #[state]
    fn appointment_set(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::MarkShowed => context.anyone(State::showed()),
            Event::NoShow => context.anyone(State::engaged()),
            Event::MarkLost => context.anyone(State::lost()),
            Event::MarkDormant => context.keeper(State::dormant()),
            _ => context.refuse(NO_MOVE),
        }
    }

    #[state]
    fn showed(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::StartNegotiation => context.qualified(context.asked.anyone(), State::negotiating()),
            Event::MarkEngaged => context.anyone(State::engaged()),
            Event::MarkLost => context.anyone(State::lost()),
            _ => context.refuse(NO_MOVE),
        }
    }

    #[state]
    fn negotiating(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::MarkWon => context.qualified(context.asked.closer(), State::won()),
            Event::MarkLost => context.anyone(State::lost()),
            Event::MarkEngaged => context.anyone(State::engaged()),
            _ => context.refuse(NO_MOVE),
        }
    }

    #[state]
    fn won(context: &mut Context) -> Outcome<State> {
        context.refuse(NO_MOVE)
    }

    #[state]
    fn lost(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::Revive => context.anyone(State::contacted()),
            _ => context.refuse(NO_MOVE),
        }
    }

    #[state]
    fn dormant(event: &Event, context: &mut Context) -> Outcome<State> {
        match event {
            Event::Revive => context.anyone(State::contacted()),
            _ => context.refuse(NO_MOVE),
        }
    }
}

fn number(state: State) -> u8 {
    match state {
        State::Fresh {} => 0,
        State::Contacted {} => 1,
        State::Engaged {} => 2,
        State::AppointmentSet {} => 3,
        State::Showed {} => 4,
        State::Negotiating {} => 5,
        State::Won {} => 6,
        State::Lost {} => 7,
        State::Dormant {} => 8,
    }
}

pub struct Statig {
    machine: statig::blocking::StateMachine<Pipeline>,
    states: [State; 9],
    leads: Vec<Lead>,
}

impl Statig {
    pub fn new(workload: &Workload) -> Self {
        let states = [
            State::fresh(),
            State::contacted(),
            State::engaged(),
            State::appointment_set(),
            State::showed(),
            State::negotiating(),
            State::won(),
            State::lost(),
            State::dormant(),
        ];
        Self { machine: Pipeline.state_machine(), states, leads: w1::leads(workload) }
    }
}

impl Decide for Statig {
    #[inline]
    fn decide(&mut self, request: &Request) -> u8 {
        let asked = Asked { roles: request.roles, lead: self.leads[usize::from(request.contact)] };
        let mut context = Context { asked, refused: None };
        // SAFETY: no state holds data, so there is no invariant that setting one could break.
        *unsafe { self.machine.state_mut() } = self.states[usize::from(request.stage)];
        self.machine.handle_with_context(&EVENTS[usize::from(request.mv)], &mut context);
        context.refused.unwrap_or_else(|| number(*self.machine.state()))
    }
}
