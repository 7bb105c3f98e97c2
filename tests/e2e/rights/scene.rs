//! Who calls, and the things that they call for.

use serde_json::{Value as Json, json};
use takar_domain::vocabulary::Role;

use crate::stack::{Actor, Stack};

/// The id of whatever exists and needs no special one.
const THERE: &str = "there";
/// The id of whatever does not.
const MISSING: &str = "missing";
/// The form of a key's id, but of no key.
const MISSING_KEY: &str = "aaaaaaaaaaaa";

/// Where a thing is that a request names: which region's, of which cycle, and whether it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) region: &'static str,
    pub(super) cycle: &'static str,
    pub(super) exists: bool,
    /// The id of the API key there.
    key: String,
}

/// Someone who calls, and what the policy may know of them.
pub(super) struct Caller {
    /// The head of the column.
    pub(super) label: &'static str,
    pub(super) actor: Actor,
    /// The role that they hold.
    pub(super) role: Role,
    /// The region for which it is held, where it takes one.
    pub(super) region: Option<&'static str>,
    /// Whether they review the evaluation of [`Scene::assigned`].
    pub(super) is_assigned: bool,
}

/// A stack on which everything is there that can be called for.
pub(super) struct Scene {
    pub(super) stack: Stack,
    pub(super) callers: Vec<Caller>,
    /// A key that may be revoked as often as it comes.
    victim: String,
}

impl Place {
    /// What stands for a variable of a resource's pattern.
    pub(super) fn value(&self, variable: &str) -> &str {
        match variable {
            "region" => self.region,
            "cycle" => self.cycle,
            "api_key" => &self.key,
            _ if self.region == "-" => "-",
            _ if self.exists => THERE,
            _ => MISSING,
        }
    }

    /// Whether it is in the evaluation that has assessors.
    pub(super) fn is_assigned(&self) -> bool {
        (self.region, self.cycle) == ("33.05", "2022")
    }
}

impl Scene {
    /// Sets everything up. Of the evaluations of 33.05 and 33.06 in 2021 and 2022 that of 33.06 in
    /// 2021 is published, and that of 33.05 in 2022 has assessors.
    pub(super) async fn start() -> Self {
        let stack = Stack::start().await;
        set_up_registry(&stack).await;
        for region in ["33.05", "33.06"] {
            for cycle in ["2021", "2022"] {
                let request = json!({
                    "parent": format!("regions/{region}"),
                    "cycle": format!("cycles/{cycle}"),
                });
                call(&stack, "EvaluationService.CreateEvaluation", request).await;
            }
        }
        publish(&stack, "regions/33.06/evaluations/2021").await;
        let callers = callers(&stack).await;
        let name = "regions/33.05/evaluations/2022";
        for caller in callers.iter().filter(|caller| caller.role == Role::Assessor) {
            let principal = &caller.actor.principal;
            let assignment = json!({"principal": principal, "displayName": caller.label});
            let request = json!({"name": name, "assignment": assignment});
            call(&stack, "EvaluationService.AssignAssessor", request).await;
            if !caller.is_assigned {
                let request = json!({"name": name, "conflict": "a relative", "etag": "*"});
                let client = stack.grpc.with_token(&caller.actor.token);
                client.call("EvaluationService.DeclareConflict", &request).await.message();
            }
        }
        let victim = stack.actor(&["secretariat"]).await.principal;
        let victim = victim.trim_start_matches("apiKeys/").to_owned();
        Self { stack, callers, victim }
    }

    /// The evaluation that has assessors.
    pub(super) fn assigned(&self) -> Place {
        self.place("33.05", "2022")
    }

    /// Another of the same region.
    pub(super) fn own(&self) -> Place {
        self.place("33.05", "2021")
    }

    /// One of another region, of which nothing is published.
    pub(super) fn other(&self) -> Place {
        self.place("33.06", "2022")
    }

    /// The places where things are.
    pub(super) fn there(&self) -> [Place; 3] {
        [self.assigned(), self.own(), self.other()]
    }

    /// The places where nothing is: in the own region, in another, and in none.
    pub(super) fn nowhere(&self) -> [Place; 3] {
        [("33.05", "1999"), ("33.06", "1999"), ("33.99", "2022")].map(|(region, cycle)| Place {
            exists: false,
            key: MISSING_KEY.to_owned(),
            ..self.place(region, cycle)
        })
    }

    /// All parents at once.
    pub(super) fn everywhere(&self) -> Place {
        self.place("-", "-")
    }

    /// The caller of a column.
    pub(super) fn caller(&self, label: &str) -> &Caller {
        self.callers.iter().find(|caller| caller.label == label).expect("a caller")
    }

    /// What all the evaluations are, which no walk may change.
    pub(super) async fn evaluations(&self) -> Json {
        let request = json!({"parent": "regions/-"});
        call(&self.stack, "EvaluationService.ListEvaluations", request).await
    }

    fn place(&self, region: &'static str, cycle: &'static str) -> Place {
        Place { region, cycle, exists: true, key: self.victim.clone() }
    }
}

async fn callers(stack: &Stack) -> Vec<Caller> {
    let mut callers = Vec::new();
    for (label, role, region, is_assigned) in [
        ("nobody", Role::Public, None, false),
        ("operator", Role::Operator, Some("33.05"), false),
        ("assessor", Role::Assessor, None, true),
        ("recused", Role::Assessor, None, false),
        ("integrator", Role::Integrator, Some("33.05"), false),
        ("secretariat", Role::Secretariat, None, false),
        ("administrator", Role::Administrator, None, false),
        ("outsider", Role::Integrator, Some("35.71"), false),
    ] {
        let grant = match region {
            Some(region) => format!("{role}={region}"),
            None => role.to_string(),
        };
        let actor = match role {
            Role::Public => Actor::default(),
            _ => stack.actor(&[&grant]).await,
        };
        callers.push(Caller { label, actor, role, region, is_assigned });
    }
    callers
}

async fn set_up_registry(stack: &Stack) {
    let region = |id, kind| json!({"regionId": id, "region": {"kind": kind, "displayName": id}});
    let regions = json!({"requests": [
        region("33", "KIND_PROVINCE"),
        region("33.05", "KIND_KABUPATEN"),
        region("33.06", "KIND_KABUPATEN"),
    ]});
    call(stack, "RegistryService.BatchCreateRegions", regions).await;
    let output = json!({"component": "COMPONENT_OUTPUT", "weight": "100", "derivation": "DERIVATION_DIRECT"});
    let instrument = json!({"instrumentId": THERE, "instrument": {
        "displayName": "Plain",
        "source": "a test",
        "scale": {"minimum": "0", "maximum": "4"},
        "components": [output],
        "thresholdPercent": "80",
    }});
    call(stack, "RegistryService.CreateInstrument", instrument).await;
    let cohort = json!({"displayName": "Some", "source": "a test", "members": [{"region": "regions/33.05"}]});
    let cohort = json!({"cohortId": THERE, "cohort": cohort});
    call(stack, "RegistryService.CreateCohort", cohort).await;
    for id in ["2021", "2022"] {
        let cycle = json!({"displayName": id, "instrument": format!("instruments/{THERE}")});
        let cycle = json!({"cycleId": id, "cycle": cycle});
        call(stack, "RegistryService.CreateCycle", cycle).await;
    }
    for region in ["33.05", "33.06"] {
        let program =
            json!({"pillar": "PILLAR_LIVING", "displayName": "A clinic", "source": "a test"});
        let parent = format!("regions/{region}");
        let program = json!({"parent": parent, "programId": THERE, "program": program});
        call(stack, "RegistryService.CreateProgram", program).await;
    }
}

async fn publish(stack: &Stack, name: &str) {
    let tally = json!({"pillar": "PILLAR_LIVING", "running": 1, "planned": 2, "source": "a test"});
    let named = json!({"name": name});
    for (rpc, request) in [
        ("EvaluationService.ReportTallies", json!({"name": name, "tallies": [tally]})),
        ("EvaluationService.SubmitEvaluation", named.clone()),
        ("EvaluationService.ReviewEvaluation", named.clone()),
        ("EvaluationService.ConcludeEvaluation", named.clone()),
        ("EvaluationService.FinalizeEvaluation", named),
        (
            "EvaluationService.PublishEvaluation",
            json!({"name": name, "publication": {"source": "a letter"}}),
        ),
    ] {
        call(stack, rpc, request).await;
    }
}

async fn call(stack: &Stack, rpc: &str, request: Json) -> Json {
    stack.grpc.call(rpc, &request).await.message()
}
