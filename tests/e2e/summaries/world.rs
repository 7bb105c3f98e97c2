//! A random world: four provinces, five cycles of three instruments, and what was published of them,
//! corrected, withdrawn and coded anew.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use takar_domain::vocabulary::{Component, EvaluationState, Pillar};
use takar_store::{ConnectionSettings, Store};

use super::{
    given::{
        COHORTS, CYCLES, LISTING, PROVINCES, REGIONS_OF_PROVINCE, SCORED_BY, cohort_name, counts,
        instruments, part_of_scale, province_name, scale,
    },
    writer::{self, Inputs},
};
use crate::stack::Stack;

/// When a cycle is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    Now,
    /// When half of it was published first.
    FirstHalf,
    /// A microsecond before the first of its revisions was corrected.
    BeforeCorrection,
    /// When the last correction of the first ones landed.
    Corrected,
}

#[derive(Clone, Debug)]
struct Region {
    code: String,
    display_name: String,
    has_ended: bool,
}

#[derive(Debug, Default)]
struct Evaluation {
    inputs: Inputs,
    is_published: bool,
    state: Option<EvaluationState>,
}

pub(super) struct World {
    stack: Stack,
    store: Store,
    random: TestRunner,
    regions: Vec<Region>,
    /// Members by their places among the regions.
    cohorts: BTreeMap<&'static str, Vec<usize>>,
    listed: Vec<usize>,
    evaluations: BTreeMap<(usize, &'static str), Evaluation>,
    publications: Vec<Json>,
    moments: BTreeMap<(&'static str, Moment), DateTime<Utc>>,
}

impl World {
    pub(super) async fn made() -> Self {
        let stack = Stack::start().await;
        let store = Store::new(stack.database_url(), &ConnectionSettings::default());
        let region = |(province, place): (&str, usize)| Region {
            code: format!("{province}.{place:02}"),
            display_name: format!("Kabupaten {province} ke-{place}"),
            has_ended: false,
        };
        let places = |province| (1..=REGIONS_OF_PROVINCE).map(move |place| (province, place));
        // The same world in each run, so that a failure stays.
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut world = Self {
            stack,
            store: store.expect("a readable URL"),
            random: TestRunner::new_with_rng(Config::default(), random),
            regions: PROVINCES.into_iter().flat_map(places).map(region).collect(),
            cohorts: BTreeMap::new(),
            listed: Vec::new(),
            evaluations: BTreeMap::new(),
            publications: Vec::new(),
            moments: BTreeMap::new(),
        };
        world.register().await;
        for cycle in CYCLES {
            world.publish_first(cycle).await;
        }
        world.recode(0, "12.80").await;
        world.recode(10, "12.81").await;
        world.correct(Moment::BeforeCorrection, 0.3).await;
        for cycle in CYCLES {
            world.mark(cycle, Moment::Corrected);
        }
        world.recode(20, "11.90").await;
        world.rename(5).await;
        world.correct(Moment::Now, 0.15).await;
        world.publish_late().await;
        world.take_out().await;
        world.merge(30, 31).await;
        world
    }

    fn draw<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.random).expect("a value").current()
    }

    /// Whether something happens that does so in this share of all cases.
    fn happens(&mut self, share: f64) -> bool {
        self.draw(prop::bool::weighted(share))
    }

    async fn call(&self, rpc: &str, request: Json) {
        self.stack.grpc.call(rpc, &request).await.message();
    }

    async fn register(&mut self) {
        let region = |code: &str, kind: &str, name: &str| json!({"regionId": code, "region": {"kind": kind, "displayName": name}});
        let provinces =
            PROVINCES.iter().map(|code| region(code, "KIND_PROVINCE", &province_name(code)));
        let regions = self.regions.iter();
        let regions =
            regions.map(|found| region(&found.code, "KIND_KABUPATEN", &found.display_name));
        let requests: Vec<_> = provinces.chain(regions).collect();
        self.call("RegistryService.BatchCreateRegions", json!({"requests": requests})).await;
        for (id, instrument) in instruments().as_object().expect("instruments") {
            let request = json!({"instrumentId": id, "instrument": instrument});
            self.call("RegistryService.CreateInstrument", request).await;
        }
        self.listed = self.some_regions(0.7);
        for id in CYCLES {
            let request = json!({"cycleId": id, "cycle": self.cycle(id)});
            self.call("RegistryService.CreateCycle", request).await;
        }
        for (id, share) in COHORTS.into_iter().zip([0.0, 0.1, 0.3, 0.6, 0.9]) {
            let mut members = self.some_regions(share);
            members.push(0);
            members.sort_unstable();
            members.dedup();
            let shown: Vec<_> =
                members.iter().map(|place| json!({"region": self.name(*place)})).collect();
            let cohort =
                json!({"displayName": cohort_name(id), "source": "a test", "members": shown});
            self.call("RegistryService.CreateCohort", json!({"cohortId": id, "cohort": cohort}))
                .await;
            self.cohorts.insert(id, members);
        }
    }

    fn some_regions(&mut self, share: f64) -> Vec<usize> {
        (0..self.regions.len()).filter(|_| self.happens(share)).collect()
    }

    fn name(&self, place: usize) -> String {
        format!("regions/{}", self.regions[place].code)
    }

    fn cycle(&self, id: &str) -> Json {
        let place = CYCLES.iter().position(|each| *each == id).expect("a cycle");
        let mut cycle =
            json!({"displayName": id, "instrument": format!("instruments/{}", SCORED_BY[place])});
        if place > 0 {
            cycle["previousCycle"] = format!("cycles/{}", CYCLES[place - 1]).into();
        }
        if id == LISTING {
            let listed = self.listed.iter().map(|place| self.name(*place));
            cycle["eligibleRegions"] = listed.collect();
        }
        cycle
    }

    fn inputs(&mut self, cycle: &str, share: f64) -> Inputs {
        let scale = scale(cycle);
        let (low, span) = (scale.minimum(), scale.maximum() - scale.minimum());
        let score = |world: &mut Self| {
            let (part, whole) = world.draw(part_of_scale());
            (low + span * Decimal::from(part) / Decimal::from(whole)).normalize().to_string()
        };
        let mut inputs = Inputs::default();
        for pillar in Pillar::ALL {
            if self.happens(share) {
                inputs.tallies.insert(pillar, self.draw(counts()));
            }
            if self.happens(share) {
                inputs.pillar_scores.insert(pillar, score(self));
            }
        }
        for component in
            [Component::Baseline, Component::Output, Component::Outcome, Component::QuickWin]
        {
            if self.happens(share) {
                inputs.component_scores.insert(component, score(self));
            }
        }
        inputs
    }

    /// Most regions that are listed, if any are: some have no evaluation, some an empty one.
    async fn publish_first(&mut self, cycle: &'static str) {
        let places =
            if cycle == LISTING { self.listed.clone() } else { (0..self.regions.len()).collect() };
        let half = places.len() / 2;
        for (count, place) in places.into_iter().enumerate() {
            if count == half {
                self.mark(cycle, Moment::FirstHalf);
            }
            if self.happens(0.1) {
                continue;
            }
            writer::create_evaluation(&self.store, &self.key(place, cycle)).await;
            self.evaluations.insert((place, cycle), Evaluation::default());
            if self.happens(0.9) {
                // A few report on little or nothing.
                let share = if self.happens(0.1) { 0.1 } else { 0.97 };
                let inputs = self.inputs(cycle, share);
                self.publish(place, cycle, inputs).await;
            }
        }
    }

    fn key(&self, place: usize, cycle: &str) -> takar_store::EvaluationKey {
        writer::key(&self.regions[place].code, cycle)
    }

    async fn publish(&mut self, place: usize, cycle: &'static str, new: Inputs) {
        let key = self.key(place, cycle);
        let evaluation = self.evaluations.get_mut(&(place, cycle)).expect("an evaluation");
        evaluation.inputs.extend(new.clone());
        if evaluation.inputs.is_empty() {
            return;
        }
        evaluation.is_published = true;
        let mut told = evaluation.inputs.told();
        let time = writer::publish(&self.store, &key, &new, scale(cycle)).await;
        told["region"] = place.into();
        told["cycle"] = cycle.into();
        told["time"] = time.timestamp_micros().into();
        self.publications.push(told);
    }

    /// Corrects this share of what is published, in an order of their own; notes when the first of each
    /// cycle is.
    async fn correct(&mut self, before: Moment, share: f64) {
        let published = self.evaluations.iter().filter(|(_, found)| found.is_published);
        let keys: Vec<_> = published.map(|(key, _)| *key).collect();
        for (place, cycle) in keys {
            if self.happens(share) {
                let inputs = self.inputs(cycle, 0.3);
                self.publish(place, cycle, inputs).await;
                let microsecond = TimeDelta::microseconds(1);
                let time = self.last_time() - microsecond;
                self.moments.entry((cycle, before)).or_insert(time);
            }
        }
    }

    async fn publish_late(&mut self) {
        let waiting = self.evaluations.iter().filter(|(_, found)| !found.is_published);
        let keys: Vec<_> = waiting.map(|(key, _)| *key).collect();
        for (place, cycle) in keys {
            if self.happens(0.5) {
                let inputs = self.inputs(cycle, 0.9);
                self.publish(place, cycle, inputs).await;
            }
        }
    }

    /// Withdraws some, and finds some not assessable.
    async fn take_out(&mut self) {
        let keys: Vec<_> = self.evaluations.keys().copied().collect();
        for (place, cycle) in keys {
            if !self.happens(0.12) {
                continue;
            }
            let state = if self.happens(0.5) {
                EvaluationState::Withdrawn
            } else {
                EvaluationState::NotAssessable
            };
            writer::move_to(&self.store, &self.key(place, cycle), state).await;
            let evaluation = self.evaluations.get_mut(&(place, cycle)).expect("an evaluation");
            evaluation.state = Some(state);
        }
    }

    async fn recode(&mut self, place: usize, code: &str) {
        let request = json!({"name": self.name(place), "newCode": code, "source": "a law"});
        self.call("RegistryService.RecodeRegion", request).await;
        code.clone_into(&mut self.regions[place].code);
    }

    async fn rename(&mut self, place: usize) {
        let region = json!({"name": self.name(place), "displayName": "Kabupaten Baru"});
        let request = json!({"region": region, "updateMask": "displayName"});
        self.call("RegistryService.UpdateRegion", request).await;
        "Kabupaten Baru".clone_into(&mut self.regions[place].display_name);
    }

    async fn merge(&mut self, place: usize, into: usize) {
        let request = json!({
            "sources": [self.name(place)], "into": self.name(into), "changeDate": "2024-01-31",
            "source": "a law",
        });
        self.call("RegistryService.MergeRegions", request).await;
        self.regions[place].has_ended = true;
    }

    fn last_time(&self) -> DateTime<Utc> {
        let last = self.publications.last().expect("something is published");
        let microseconds = last["time"].as_i64().expect("a time");
        DateTime::from_timestamp_micros(microseconds).expect("a time")
    }

    fn mark(&mut self, cycle: &'static str, moment: Moment) {
        self.moments.insert((cycle, moment), self.last_time());
    }

    /// The time of a moment; `None` for now.
    pub(super) fn time_of(&self, cycle: &'static str, moment: Moment) -> Option<DateTime<Utc>> {
        (moment != Moment::Now).then(|| self.moments[&(cycle, moment)])
    }

    /// All that is so, and what is asked.
    pub(super) fn told(&self, cases: &[Json]) -> Json {
        let regions = self.regions.iter().enumerate().map(|(place, region)| {
            let Region { code, display_name, has_ended } = region;
            json!({"id": place, "code": code, "displayName": display_name, "ended": has_ended})
        });
        let evaluations = self.evaluations.iter().map(|((place, cycle), found)| {
            let state = found.state.map_or("PUBLISHED", EvaluationState::as_str).to_uppercase();
            json!({"region": place, "cycle": cycle, "state": state})
        });
        let cycle = |id: &str| {
            let mut cycle = self.cycle(id);
            if id == LISTING {
                cycle["eligibleRegions"] = json!(self.listed);
            }
            (id.to_owned(), cycle)
        };
        let cohort = |(id, members): (&&str, &Vec<usize>)| {
            ((*id).to_owned(), json!({"displayName": cohort_name(id), "members": members}))
        };
        let provinces = PROVINCES.map(|code| (code.to_owned(), province_name(code).into()));
        json!({
            "instruments": instruments(),
            "cycles": CYCLES.map(cycle).into_iter().collect::<serde_json::Map<_, _>>(),
            "regions": regions.collect::<Vec<_>>(),
            "provinces": provinces.into_iter().collect::<serde_json::Map<_, _>>(),
            "cohorts": self.cohorts.iter().map(cohort).collect::<serde_json::Map<_, _>>(),
            "evaluations": evaluations.collect::<Vec<_>>(),
            "publications": self.publications,
            "cases": cases,
        })
    }

    /// What the server says of a case.
    pub(super) async fn summary(&self, case: &Json) -> Json {
        let name = |collection: &str, id: &str| {
            let id = case[id].as_str().expect("an id");
            if id.is_empty() { String::new() } else { format!("{collection}/{id}") }
        };
        let mut request = json!({
            "cycle": name("cycles", "cycle"), "cohort": name("cohorts", "cohort"),
            "province": name("regions", "province"),
        });
        if let Some(until) = case["until"].as_i64() {
            let time = DateTime::from_timestamp_micros(until).expect("a time");
            request["asOf"] = time.to_rfc3339_opts(SecondsFormat::AutoSi, true).into();
        }
        self.stack.grpc.call("EvaluationService.GetSummary", &request).await.message()
    }
}
