//! A whole cycle of three regencies, by those who take part in it, through REST and gRPC.

use serde_json::{Value as Json, json};

use crate::{
    answer::Answer,
    rest::send,
    stack::{Actor, Stack},
};

/// The regencies, with the score on which their assessors differ.
const REGENCIES: [(&str, &str, &str); 3] = [
    ("33.05", "Kabupaten Kebumen", "3.00"),
    ("33.06", "Kabupaten Purworejo", "2.50"),
    ("33.07", "Kabupaten Wonosobo", "2.00"),
];

/// Who takes part.
struct Cast {
    stack: Stack,
    secretariat: Actor,
    operators: Vec<Actor>,
    assessors: [Actor; 2],
}

impl Cast {
    async fn gather() -> Self {
        let stack = Stack::start().await;
        let mut operators = Vec::new();
        for (code, _, _) in REGENCIES {
            operators.push(stack.actor(&[&format!("operator={code}")]).await);
        }
        Self {
            secretariat: stack.actor(&["secretariat"]).await,
            assessors: [stack.actor(&["assessor"]).await, stack.actor(&["assessor"]).await],
            operators,
            stack,
        }
    }

    /// A call of someone's over REST with the etag that was just read.
    async fn post(&self, who: &Actor, name: &str, verb: &str, body: Json) -> Answer {
        let client = self.stack.rest.with_token(&who.token);
        let read = send(client.request("GET", &format!("/v1/{name}"))).await;
        let request = client.request("POST", &format!("/v1/{name}:{verb}")).json(&body);
        send(request.header("if-match", read.header("etag"))).await.into_answer()
    }

    /// The same over gRPC, whatever the state is.
    async fn call(&self, who: &Actor, rpc: &str, request: Json) -> Json {
        self.stack.grpc.with_token(&who.token).call(rpc, &request).await.message()
    }

    /// Regions, an instrument, and a cycle whose deadline is over already.
    async fn open_cycle(&self) {
        let region = |id: &str, kind: &str, name: &str| json!({"regionId": id, "region": {"kind": kind, "displayName": name}});
        let mut regions = vec![region("33", "KIND_PROVINCE", "Jawa Tengah")];
        regions.extend(REGENCIES.map(|(code, name, _)| region(code, "KIND_KABUPATEN", name)));
        let part = |component: &str, weight: &str, derivation: &str| json!({"component": component, "weight": weight, "derivation": derivation});
        let instrument = json!({
            "displayName": "Two components",
            "source": "a test",
            "scale": {"minimum": "0", "maximum": "4"},
            "components": [
                part("COMPONENT_OUTPUT", "60", "DERIVATION_DIRECT"),
                part("COMPONENT_OUTCOME", "40", "DERIVATION_POOLED_REALISATION"),
            ],
            "thresholdPercent": "80",
            "percentDecimals": 2,
            "scoreDecimals": 2,
        });
        let cycle = json!({
            "displayName": "Evaluasi 2026",
            "instrument": "instruments/two",
            "deadline": {"localTime": "2026-01-31T23:59:59", "zone": "ZONE_WIB"},
        });
        for (rpc, request) in [
            ("RegistryService.BatchCreateRegions", json!({"requests": regions})),
            (
                "RegistryService.CreateInstrument",
                json!({"instrumentId": "two", "instrument": instrument}),
            ),
            ("RegistryService.CreateCycle", json!({"cycleId": "2026", "cycle": cycle})),
        ] {
            self.call(&self.secretariat, rpc, request).await;
        }
    }

    /// The operator's part: counts of all pillars, the region's own score, and evidence.
    async fn draft(&self, operator: &Actor, code: &str) {
        let parent = format!("regions/{code}");
        let name = format!("{parent}/evaluations/2026");
        let create = json!({"parent": parent, "cycle": "cycles/2026"});
        self.call(operator, "EvaluationService.CreateEvaluation", create).await;
        let pillars = ["GOVERNANCE", "BRANDING", "ECONOMY", "LIVING", "SOCIETY", "ENVIRONMENT"];
        let tallies = pillars.map(|pillar| {
            json!({"pillar": format!("PILLAR_{pillar}"), "running": 4, "planned": 5, "source": "a report"})
        });
        self.post(operator, &name, "reportTallies", json!({"tallies": tallies})).await.message();
        let own = json!({"assessments": [assessment("4.00", "our own view")]});
        self.post(operator, &name, "selfAssess", own).await.message();
        let link = json!({
            "title": "Laporan",
            "component": "COMPONENT_OUTPUT",
            "uri": "https://kebumenkab.go.id/laporan.pdf",
        });
        let path = format!("/v1/{name}/evidence?evidenceId=laporan");
        let client = self.stack.rest.with_token(&operator.token);
        send(client.request("POST", &path).json(&link)).await.into_answer().message();
        let file = client
            .request("POST", &format!("/v1/{name}/evidence:upload?evidenceId=foto&title=Foto&component=COMPONENT_OUTPUT"))
            .header("content-type", "text/plain")
            .body("what was built");
        send(file).await.into_answer().message();
    }

    /// Refused after the deadline, submitted within the extension.
    async fn submit(&self, operator: &Actor, name: &str) {
        let late = self.post(operator, name, "submit", json!({})).await.refusal();
        assert_eq!(
            (late.code.as_str(), late.reason.as_str()),
            ("FAILED_PRECONDITION", "DEADLINE_PASSED")
        );
        let extension = json!({"deadlineTime": "2099-01-01T00:00:00Z", "reason": "a flood"});
        let own = self.post(operator, name, "extend", extension.clone()).await.refusal();
        assert_eq!(own.code, "PERMISSION_DENIED");
        self.post(&self.secretariat, name, "extend", extension).await.message();
        let submitted = self.post(operator, name, "submit", json!({})).await.message();
        assert_eq!(
            (&submitted["state"], &submitted["late"]),
            (&json!("STATE_SUBMITTED"), &json!(true))
        );
    }

    /// Returned once, then scored by two assessors who differ.
    async fn review(&self, operator: &Actor, name: &str, score: &str) {
        let [andi, budi] = &self.assessors;
        for (assessor, display_name) in [(andi, "Andi"), (budi, "Budi")] {
            let assignment = json!({"principal": assessor.principal, "displayName": display_name});
            let body = json!({"assignment": assignment});
            self.post(&self.secretariat, name, "assignAssessor", body).await.message();
        }
        self.post(andi, name, "review", json!({})).await.message();
        let comments =
            json!({"comments": [{"item": {"component": "COMPONENT_OUTPUT"}, "text": "show it"}]});
        self.post(andi, name, "return", comments).await.message();
        let resubmitted =
            self.post(operator, name, "submit", json!({"note": "shown"})).await.message();
        assert_eq!(resubmitted["late"], true, "mending makes it neither in time nor late");
        self.call(budi, "EvaluationService.ReviewEvaluation", json!({"name": name})).await;
        let body = json!({"assessments": [assessment(score, "seen")]});
        self.post(andi, name, "score", body).await.message();
        let body = json!({"assessments": [assessment("3.50", "seen")]});
        let scored = self.post(budi, name, "score", body).await.message();
        assert_eq!(scored["spreads"][0]["assessors"], 2);
        assert_eq!(
            self.post(andi, name, "conclude", json!({})).await.refusal().reason,
            "MODERATION_NEEDED"
        );
        self.moderate(name, "3.25").await;
        self.post(budi, name, "conclude", json!({})).await.message();
    }

    async fn moderate(&self, name: &str, score: &str) {
        let score = json!({"component": "COMPONENT_OUTPUT", "score": score, "source": "moderated"});
        let body = json!({"componentScores": [score]});
        self.post(&self.secretariat, name, "moderate", body).await.message();
    }

    async fn object(&self, operator: &Actor, name: &str) {
        let comments = json!({"comments": [{"text": "we did more"}]});
        self.call(
            operator,
            "EvaluationService.ObjectToEvaluation",
            json!({"name": name, "comments": comments["comments"]}),
        )
        .await;
        self.moderate(name, "3.40").await;
        let answer = json!({"answer": "you did", "upheld": true});
        self.post(&self.secretariat, name, "answerObjection", answer).await.message();
    }

    async fn publish(&self, name: &str, publication: Json) -> Json {
        let body = json!({"publication": publication});
        self.post(&self.secretariat, name, "publish", body).await.message()
    }
}

fn assessment(score: &str, source: &str) -> Json {
    json!({"item": {"component": "COMPONENT_OUTPUT"}, "score": score, "source": source})
}

/// A body as the public reads it.
async fn public(stack: &Stack, path: &str) -> String {
    let received = send(stack.rest.with_token("").request("GET", path)).await;
    assert_eq!(received.status, 200, "{path}: {received:?}");
    received.body
}

#[tokio::test]
async fn three_regencies_are_evaluated_published_and_one_corrected() {
    let cast = Cast::gather().await;
    cast.open_cycle().await;
    for ((code, _, score), operator) in REGENCIES.iter().zip(&cast.operators) {
        let name = format!("regions/{code}/evaluations/2026");
        cast.draft(operator, code).await;
        cast.submit(operator, &name).await;
        cast.review(operator, &name, score).await;
        cast.object(operator, &name).await;
        cast.post(&cast.secretariat, &name, "finalize", json!({})).await.message();
    }
    let list = "/v1/regions/-/scorecards?cycle=cycles/2026";
    assert!(!public(&cast.stack, list).await.contains("33.05"), "nothing is published yet");
    for (code, _, _) in REGENCIES {
        let name = format!("regions/{code}/evaluations/2026");
        let letter =
            json!({"source": "a letter", "letterNumber": "B-1", "letterDate": "2026-12-05"});
        let scorecard = cast.publish(&name, letter).await;
        // 0.6 x 3.40 + 0.4 x 4 x 24/30.
        assert_eq!(scorecard["index"]["value"], "3.32");
    }

    let path = "/v1/regions/33.05/scorecards/2026";
    let (first, first_list) = (public(&cast.stack, path).await, public(&cast.stack, list).await);
    let published: Json = serde_json::from_str(&first).unwrap();
    let name = "regions/33.05/evaluations/2026";
    cast.moderate(name, "3.60").await;
    assert_eq!(public(&cast.stack, path).await, first, "a correction is seen when it is published");
    let without = cast
        .post(&cast.secretariat, name, "publish", json!({"publication": {"source": "a letter"}}))
        .await;
    assert_eq!(without.refusal().field_names(), ["publication.reason"]);
    let corrected = cast.publish(name, json!({"source": "a letter", "reason": "a slip"})).await;
    assert_eq!(corrected["publication"]["revision"], 2);
    assert_ne!(public(&cast.stack, path).await, first);

    // Between the two: the time of the third region's publication, which came after all first ones.
    let third: Json =
        serde_json::from_str(&public(&cast.stack, "/v1/regions/33.07/scorecards/2026").await)
            .unwrap();
    let between = third["publication"]["publishTime"].as_str().unwrap().to_owned();
    assert!(published["publication"]["publishTime"].as_str().unwrap() < between.as_str());
    assert_eq!(public(&cast.stack, &format!("{path}?asOf={between}")).await, first);
    assert_eq!(public(&cast.stack, &format!("{list}&asOf={between}")).await, first_list);
    let revisions = public(&cast.stack, &format!("{path}:listRevisions")).await;
    let revisions: Json = serde_json::from_str(&revisions).unwrap();
    assert_eq!(revisions["scorecards"][1], published);
}
