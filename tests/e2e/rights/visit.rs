//! What comes of calls, beside what the policy's table expects.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde_json::Value as Json;
use takar_domain::{
    policy::{self, Rule, Scope},
    vocabulary::Role,
};
use tonic::{Request, Status};

use super::{
    address::{Address, request},
    scene::{Caller, Place, Scene},
};
use crate::{answer::Refusal, grpc};

/// How a call was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Met {
    /// By nobody who is known.
    Unknown,
    /// By somebody who may not.
    Forbidden,
    /// It went on to its handler.
    In,
}

/// What came of one call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Answered(Json),
    /// The refusal as it is read, its details byte for byte, and what came beside them.
    Refused(Refusal, Vec<u8>, BTreeMap<String, String>),
}

/// The calls of one method by one caller, by place.
pub(super) struct Visit<'a> {
    pub(super) rpc: &'a str,
    address: Option<Address>,
    pub(super) caller: &'a Caller,
    pub(super) calls: Vec<(Place, Outcome)>,
}

impl Outcome {
    fn of(status: &Status) -> Self {
        let pair = |name: &str, value: &[u8]| (name.to_owned(), format!("{value:?}"));
        let beside = status.metadata().clone().into_headers();
        let beside = beside.iter().map(|(name, value)| pair(name.as_str(), value.as_bytes()));
        // These are another one's for each call.
        let beside = beside.filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
        Self::Refused(grpc::refusal(status), status.details().to_vec(), beside.collect())
    }

    pub(super) fn met(&self) -> Met {
        match self {
            Self::Refused(refusal, ..) if refusal.code == "UNAUTHENTICATED" => Met::Unknown,
            Self::Refused(refusal, ..) if refusal.code == "PERMISSION_DENIED" => Met::Forbidden,
            Self::Answered(_) | Self::Refused(..) => Met::In,
        }
    }

    /// Whether it shows as much as another outcome.
    fn shows_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Refused(refusal, ..), Self::Refused(other, ..)) => refusal.code == other.code,
            (one, other) => one == other,
        }
    }

    /// All that a caller gets to see, without the name that they wrote.
    pub(super) fn without_name(&self, name: &str) -> String {
        match self {
            Self::Answered(answer) => answer.to_string().replace(name, "NAME"),
            Self::Refused(refusal, _, beside) => {
                format!("{refusal:?} {beside:?}").replace(name, "NAME")
            }
        }
    }
}

impl<'a> Visit<'a> {
    pub(super) async fn pay(scene: &Scene, rpc: &'a str, caller: &'a Caller) -> Self {
        let method = grpc::method(rpc);
        let address = Address::of(&method);
        let mut places = scene.there().to_vec();
        match &address {
            // All places are one.
            None => places.truncate(1),
            Some(address) => {
                places.extend(scene.nowhere());
                places.extend(address.is_of_parent().then(|| scene.everywhere()));
            }
        }
        let client = scene.stack.grpc.with_token(&caller.actor.token);
        let mut calls = Vec::new();
        for place in places {
            let request = Request::new(request(&method, address.as_ref(), &place));
            let outcome = match client.call_method(&method, request).await {
                Ok(response) => Outcome::Answered(grpc::to_json(response.get_ref())),
                Err(status) => Outcome::of(&status),
            };
            calls.push((place, outcome));
        }
        Self { rpc, address, caller, calls }
    }

    pub(super) fn rule(&self) -> &'static Rule {
        policy::rule(&self.rpc.replace('.', "/")).expect("a row of the policy's table")
    }

    pub(super) fn name(&self, place: &Place) -> String {
        self.address.as_ref().map(|address| address.name(place)).unwrap_or_default()
    }

    pub(super) fn at(&self, place: &Place) -> Option<&Outcome> {
        self.calls.iter().find(|(at, _)| at == place).map(|(_, outcome)| outcome)
    }

    /// How the table wants the call at a place to be met.
    pub(super) fn expected(&self, place: &Place) -> Met {
        let is_admitted = |(role, scope): &(Role, Scope)| {
            let holds = *role == Role::Public || *role == self.caller.role;
            let is_of = |of: fn(&Address) -> bool| self.address.as_ref().is_some_and(of);
            holds
                && match scope {
                    Scope::Anywhere | Scope::Published | Scope::AssignedOfList => true,
                    Scope::OwnRegion => {
                        is_of(Address::is_of_region) && self.caller.region == Some(place.region)
                    }
                    Scope::Assigned => {
                        is_of(Address::is_of_evaluation)
                            && self.caller.is_assigned
                            && place.is_assigned()
                    }
                }
        };
        if self.rule().admits.iter().any(is_admitted) {
            Met::In
        } else if self.caller.role == Role::Public {
            Met::Unknown
        } else {
            Met::Forbidden
        }
    }

    /// Where the refusals differ by whether there is what was asked for.
    pub(super) fn leaks(&self) -> Option<String> {
        let refusals = self.calls.iter().filter(|(_, outcome)| outcome.met() != Met::In);
        let mut refusals = refusals.map(|(_, outcome)| outcome);
        let first = refusals.next()?;
        let other = refusals.find(|other| *other != first)?;
        Some(format!("{} by {}: {first:?} beside {other:?}", self.rpc, self.caller.label))
    }

    /// How far the caller gets, beside those who get furthest.
    fn reach(&self, scene: &Scene, all: &[Visit<'_>]) -> String {
        let met: BTreeSet<_> = self.calls.iter().map(|(_, outcome)| outcome.met()).collect();
        let whole = scene.there().map(|place| self.sees_all(&place, all));
        let is_in_everywhere = met == BTreeSet::from([Met::In]);
        let is_for_public = all.iter().any(|visit| {
            (visit.rpc, visit.caller.role) == (self.rpc, Role::Public)
                && visit.calls.iter().all(|(_, outcome)| outcome.met() == Met::In)
        });
        let part = if is_for_public { "published" } else { "assigned" };
        let reach = match (whole, is_in_everywhere) {
            ([true, true, true], true) => "all",
            ([false, false, false], true) => part,
            ([true, true, false], true) => return format!("own, {part}"),
            ([true, false, false], true) => return format!("assigned, {part}"),
            ([true, true, false], false) => "own",
            ([true, false, false], false) => "assigned",
            ([false, false, false], false) if met == BTreeSet::from([Met::Unknown]) => "401",
            ([false, false, false], false) if met == BTreeSet::from([Met::Forbidden]) => "403",
            other => panic!("{} by {}: {other:?}, {met:?}", self.rpc, self.caller.label),
        };
        reach.to_owned()
    }

    /// Whether nobody sees more there.
    fn sees_all(&self, place: &Place, all: &[Visit<'_>]) -> bool {
        // What names nothing has one place for all.
        let at = |visit: &Visit<'_>| {
            visit.at(place).or(visit.calls.first().map(|(_, first)| first)).cloned()
        };
        let Some(seen) = at(self).filter(|seen| seen.met() == Met::In) else { return false };
        let most = all
            .iter()
            .find(|visit| visit.rpc == self.rpc && visit.caller.role == Role::Secretariat);
        let most = most.and_then(at).filter(|most| most.met() == Met::In);
        most.is_none_or(|most| seen.shows_as(&most))
    }
}

/// The matrix as text: a line for each method, a column for each caller.
pub(super) fn table(scene: &Scene, visits: &[Visit<'_>]) -> String {
    let mut lines: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for visit in visits {
        lines.entry(visit.rpc).or_default().push(visit.reach(scene, visits));
    }
    let mut head = vec![String::new()];
    head.extend(scene.callers.iter().map(|caller| caller.label.to_owned()));
    let lines = lines.into_iter().map(|(rpc, cells)| {
        std::iter::once(rpc.replace('.', "/")).chain(cells).collect::<Vec<_>>()
    });
    let lines: Vec<_> = std::iter::once(head).chain(lines).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<_> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<_> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(text, "{}", cells.join("  ").trim_end()).expect("memory");
    }
    text
}
