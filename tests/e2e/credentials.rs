//! Who shows a credential is who it says, or nobody: never the public, and never kept anywhere.

use serde_json::{Value as Json, json};
use sqlx::AssertSqlSafe;
use takar_server::Limits;
use tonic::Request;

use crate::{
    answer::{Answer, Refusal},
    deadline::with_evaluation,
    grpc::refusal,
    rest::{Received, send},
    stack::Stack,
    tokens::{Provider, SigningKey, claims, seconds_from_now},
    trail,
};

const EVALUATION: &str = "regions/33.05/evaluations/2022";

/// A call both ways: the method, its request, and the line of HTTP, with the request for a body.
struct Call {
    rpc: &'static str,
    request: Json,
    line: &'static str,
}

/// One that anyone may make, one that reads what is hidden, and one that writes.
fn calls() -> [Call; 3] {
    [
        Call { rpc: "RegistryService.ListRegions", request: json!({}), line: "GET /v1/regions" },
        Call {
            rpc: "EvaluationService.GetEvaluation",
            request: json!({"name": EVALUATION}),
            line: "GET /v1/regions/33.05/evaluations/2022",
        },
        Call {
            rpc: "EvaluationService.SubmitEvaluation",
            request: json!({"name": EVALUATION, "etag": "*"}),
            line: "POST /v1/regions/33.05/evaluations/2022:submit",
        },
    ]
}

/// Calls over gRPC with these `authorization` headers, and is refused.
async fn refused_over_grpc(stack: &Stack, call: &Call, headers: &[String]) -> Refusal {
    let mut request = Request::new(call.request.clone());
    for value in headers {
        request.metadata_mut().append("authorization", value.parse().expect("a header's text"));
    }
    let client = stack.grpc.with_token("");
    let answer = client.call_with(call.rpc, request).await;
    refusal(&answer.expect_err(&format!("{} with {headers:?} is refused", call.rpc)))
}

/// Calls over REST with these `authorization` headers.
async fn over_rest(stack: &Stack, call: &Call, headers: &[String]) -> Received {
    let (verb, path) = call.line.split_once(' ').expect("a verb and a path");
    let client = stack.rest.with_token("");
    let mut request = client.request(verb, path);
    for value in headers {
        request = request.header("authorization", value);
    }
    if verb == "POST" {
        request = request.json(&json!({"etag": "*"}));
    }
    send(request).await
}

/// The reason for which a credential is refused, by all calls both ways alike.
async fn reason(stack: &Stack, headers: &[String]) -> String {
    let mut reasons = Vec::new();
    for call in calls() {
        let refused = refused_over_grpc(stack, &call, headers).await;
        assert_eq!(refused.code, "UNAUTHENTICATED", "{refused:?}");
        let received = over_rest(stack, &call, headers).await;
        assert_eq!(received.status, 401, "{}: {received:?}", call.line);
        let challenge = received.header("www-authenticate");
        assert_eq!(challenge, "Bearer error=\"invalid_token\"", "{}", call.line);
        assert_eq!(received.into_answer().refusal(), refused, "{}", call.line);
        reasons.push(refused.reason);
    }
    reasons.dedup();
    assert_eq!(reasons.len(), 1, "{headers:?}: {reasons:?}");
    reasons.remove(0)
}

fn bearer(token: &str) -> Vec<String> {
    vec![format!("Bearer {token}")]
}

/// Text with its last digit or letter another one.
fn altered(text: &str) -> String {
    let (rest, last) = text.split_at(text.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

/// A key of the API's, its name and its secret.
async fn create_key(stack: &Stack, role: &str) -> (String, String) {
    let grants = json!([{"role": role}]);
    let request = json!({"apiKey": {"displayName": "A system", "grants": grants}});
    let created = stack.grpc.call("AccessService.CreateApiKey", &request).await.message();
    let text = |value: &Json| value.as_str().expect("text").to_owned();
    (text(&created["apiKey"]["name"]), text(&created["secret"]))
}

/// Credentials that do not hold, each with the reason.
async fn wrong_credentials(stack: &Stack, key: &SigningKey) -> Vec<(Vec<String>, &'static str)> {
    let good = key.token(&claims(&json!({})));
    let with = |changes: Json| bearer(&key.token(&claims(&changes)));
    let [head, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("{good}")
    };
    let other = key.token(&claims(&json!({"roles": ["secretariat"]})));
    let others_payload = other.split('.').nth(1).expect("a payload");
    let (_, secret) = create_key(stack, "ROLE_SECRETARIAT").await;
    let (expired_name, expired) = create_key(stack, "ROLE_SECRETARIAT").await;
    let (revoked_name, revoked) = create_key(stack, "ROLE_SECRETARIAT").await;
    let id = expired_name.trim_start_matches("apiKeys/");
    let expire = "update api_key set expire_time = clock_timestamp() where api_key_id = $1";
    sqlx::query(expire).bind(id).execute(&mut stack.connection().await).await.expect("the key");
    let revoke = json!({"name": revoked_name});
    stack.grpc.call("AccessService.RevokeApiKey", &revoke).await.message();
    let unknown = secret.replacen(secret.split('_').nth(1).expect("an id"), "aaaaaaaaaaaa", 1);
    vec![
        (with(json!({"exp": seconds_from_now(-60)})), "CREDENTIAL_EXPIRED"),
        (with(json!({"nbf": seconds_from_now(300)})), "CREDENTIAL_NOT_YET_VALID"),
        (with(json!({"aud": "another"})), "CREDENTIAL_WRONG_AUDIENCE"),
        (with(json!({"iss": "https://evil.test"})), "CREDENTIAL_WRONG_ISSUER"),
        (with(json!({"regions": ["3305"]})), "CREDENTIAL_MALFORMED"),
        (bearer(&SigningKey::new("first").token(&claims(&json!({})))), "CREDENTIAL_BAD_SIGNATURE"),
        (bearer(&SigningKey::new("none").token(&claims(&json!({})))), "CREDENTIAL_UNKNOWN_KEY"),
        (bearer(&key.unsigned_token(&claims(&json!({})))), "CREDENTIAL_ALGORITHM_NOT_ALLOWED"),
        (bearer(&key.token_by_public_key(&claims(&json!({})))), "CREDENTIAL_ALGORITHM_NOT_ALLOWED"),
        (bearer(&format!("{head}.{others_payload}.{signature}")), "CREDENTIAL_BAD_SIGNATURE"),
        (bearer(&format!("{head}.{payload}.{}", &signature[..40])), "CREDENTIAL_BAD_SIGNATURE"),
        (bearer(&format!("{head}.{payload}.")), "CREDENTIAL_BAD_SIGNATURE"),
        (bearer(&format!("{head}.{payload}")), "CREDENTIAL_MALFORMED"),
        (bearer("garbage-that-is-no-credential"), "CREDENTIAL_MALFORMED"),
        (vec![format!("Bearer {good}"), format!("Bearer {good}")], "CREDENTIAL_MALFORMED"),
        (vec![format!("Bearer {good}, Bearer {good}")], "CREDENTIAL_MALFORMED"),
        (vec!["Basic c2l0aTpyYWhhc2lhLXNla2FsaQ==".to_owned()], "CREDENTIAL_MALFORMED"),
        (vec![good.clone()], "CREDENTIAL_MALFORMED"),
        (vec![String::new()], "CREDENTIAL_MALFORMED"),
        (bearer(&altered(&secret)), "CREDENTIAL_UNKNOWN_KEY"),
        (bearer(&unknown), "CREDENTIAL_UNKNOWN_KEY"),
        (bearer(&secret[..secret.len() - 2]), "CREDENTIAL_MALFORMED"),
        (bearer(&expired), "CREDENTIAL_EXPIRED"),
        (bearer(&revoked), "CREDENTIAL_REVOKED"),
    ]
}

#[tokio::test]
async fn a_wrong_credential_is_refused_with_its_reason_and_kept_nowhere() {
    let key = SigningKey::new("first");
    let provider = Provider::with(&[&key]);
    let stack = Stack::with_identity(provider.settings()).await;
    with_evaluation(&stack).await;
    let wrong = wrong_credentials(&stack, &key).await;
    let end = trail::end(&stack).await;
    for (headers, expected) in &wrong {
        assert_eq!(reason(&stack, headers).await, *expected, "{headers:?}");
    }

    // The write of each stands in the trail, once for each way.
    let entries = trail::entries_after(&stack, end).await;
    let told: Vec<_> = entries.iter().map(|entry| &entry["reason"]).collect();
    let expected: Vec<_> = wrong.iter().flat_map(|(_, reason)| [*reason; 2]).collect();
    assert_eq!(told, expected);
    for entry in &entries {
        assert_eq!(entry["principal"], "anonymous", "{entry}");
        assert_eq!(entry["method"], "EvaluationService/SubmitEvaluation", "{entry}");
        // Nobody known does not make the server read what they send.
        assert_eq!(entry["resource"], "", "{entry}");
        assert_eq!(entry["outcome"], "UNAUTHENTICATED", "{entry}");
        assert_eq!(entry["changes"], json!([]), "{entry}");
    }
    let shown = wrong.iter().flat_map(|(headers, _)| headers);
    assert_kept_nowhere(&stack, shown.flat_map(|header| secrets(header)).collect()).await;
}

/// The parts of a header's value that are secret, longer than what meets by chance.
fn secrets(header: &str) -> Vec<String> {
    let parts = header.split(['.', '_', ' ', ',']);
    parts.filter(|part| part.len() > 20).map(str::to_owned).collect()
}

/// Fails where the database holds one of these, as text or as its bytes.
async fn assert_kept_nowhere(stack: &Stack, secrets: Vec<String>) {
    assert!(secrets.len() > 20, "{}", secrets.len());
    let trail = Json::from(trail::entries_after(stack, 0).await).to_string();
    let mut connection = stack.connection().await;
    let tables = "select table_name::text from information_schema.tables
                  where table_schema = 'public' and table_type = 'BASE TABLE'";
    let tables: Vec<String> =
        sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("the tables");
    assert!(tables.iter().any(|table| table == "audit_entry"), "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        let query = AssertSqlSafe(format!("select t::text from {table} t"));
        let found: Vec<String> =
            sqlx::query_scalar(query).fetch_all(&mut connection).await.expect("the rows");
        rows.extend(found.into_iter().map(|row| (table.clone(), row)));
    }
    assert!(trail.contains(EVALUATION) && rows.iter().any(|(_, row)| row.contains(EVALUATION)));
    for secret in secrets {
        assert!(!trail.contains(&secret), "the trail holds {secret}");
        let bytes = secret.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        for (table, row) in &rows {
            let is_there = row.contains(&secret) || row.contains(&bytes);
            assert!(!is_there, "{table} holds {secret}: {row}");
        }
    }
}

#[tokio::test]
async fn a_token_acts_for_its_regions_only() {
    let key = SigningKey::new("first");
    let provider = Provider::with(&[&key]);
    let stack = Stack::with_identity(provider.settings()).await;
    with_evaluation(&stack).await;
    let token = key.token(&claims(&json!({})));
    let (over_grpc, over_rest) = (stack.grpc.with_token(&token), stack.rest.with_token(&token));
    let end = trail::end(&stack).await;

    let elsewhere = json!({"name": "regions/33.06/evaluations/2022"});
    let refused = over_grpc.call("EvaluationService.SubmitEvaluation", &elsewhere).await.refusal();
    assert_eq!((&*refused.code, &*refused.reason), ("PERMISSION_DENIED", "NOT_PERMITTED"));
    let path = "/v1/regions/33.06/evaluations/2022:submit";
    let received = send(over_rest.request("POST", path).json(&json!({"etag": "*"}))).await;
    assert_eq!((received.status, received.header("www-authenticate")), (403, ""));
    assert_eq!(received.into_answer().refusal(), refused);
    let keys = over_rest.get("/v1/apiKeys").await.refusal();
    assert_eq!(keys.reason, "NOT_PERMITTED");
    let own = json!({"name": EVALUATION});
    let submitted = over_grpc.call("EvaluationService.SubmitEvaluation", &own).await.message();
    assert_eq!(submitted["state"], "STATE_SUBMITTED");
    let read = over_rest.get(&format!("/v1/{EVALUATION}")).await.message();
    assert_eq!(read, submitted);

    let entries = trail::entries_after(&stack, end).await;
    let told = |entry: &Json| {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        [text("principal"), text("outcome"), text("reason"), text("role")]
    };
    let refused = ["users/siti", "PERMISSION_DENIED", "NOT_PERMITTED", ""];
    let expected = [refused, refused, ["users/siti", "OK", "", "operator"]];
    assert_eq!(entries.iter().map(told).collect::<Vec<_>>(), expected);
    let trail = Json::from(entries).to_string();
    assert!(secrets(&token).iter().all(|secret| !trail.contains(secret)), "{trail}");
}

#[tokio::test]
async fn keys_of_the_provider_can_be_exchanged_under_way() {
    let (first, second) = (SigningKey::new("first"), SigningKey::new("the-second"));
    let provider = Provider::with(&[&first]);
    let stack = Stack::with_identity(provider.settings()).await;
    let tokens = [&first, &second].map(|key| key.token(&claims(&json!({}))));
    let outcomes = async || {
        let mut outcomes = Vec::new();
        for token in &tokens {
            let call = &calls()[0];
            let received = over_rest(&stack, call, &bearer(token)).await;
            outcomes.push(received.status);
            let answer = stack.grpc.with_token(token).call(call.rpc, &call.request).await;
            // In the words of REST, whose details don't say what failed behind it.
            let reason = |answer| match answer {
                Answer::Message(message) => Ok(message),
                Answer::Refusal(refusal) => Err(refusal.reason),
            };
            assert_eq!(reason(answer), reason(received.into_answer()));
        }
        outcomes
    };
    assert_eq!(outcomes().await, [200, 401]);
    provider.publish(&[&first, &second]);
    assert_eq!(outcomes().await, [200, 200]);
    provider.publish(&[&second]);
    assert_eq!(outcomes().await, [401, 200]);
    let removed = refused_over_grpc(&stack, &calls()[0], &bearer(&tokens[0])).await;
    assert_eq!(removed.reason, "CREDENTIAL_UNKNOWN_KEY");

    // Without keys nothing can be said of a token: that is the provider's fault, yet no way in.
    provider.fail();
    assert_eq!(outcomes().await, [503, 503]);
    let unknown = refused_over_grpc(&stack, &calls()[0], &bearer(&tokens[1])).await;
    assert_eq!(unknown.reason, "IDENTITY_PROVIDER_UNAVAILABLE");
}

#[tokio::test]
async fn tokens_are_not_taken_where_no_provider_is_set_up() {
    let stack = Stack::start().await;
    let token = SigningKey::new("first").token(&claims(&json!({})));
    assert_eq!(reason(&stack, &bearer(&token)).await, "CREDENTIAL_NOT_TAKEN");
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_by_every_server() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let second = Stack::over(stack.database_url(), Limits::default()).await;
    let (name, secret) = create_key(&stack, "ROLE_SECRETARIAT").await;
    let named = json!({"name": name});
    let key = stack.rest.get(&format!("/v1/{name}")).await.message();
    assert_eq!((&key["lastUseTime"], &key["revokeTime"]), (&Json::Null, &Json::Null));

    for server in [&stack, &second] {
        let (rpc, request) = ("EvaluationService.GetEvaluation", json!({"name": EVALUATION}));
        server.grpc.with_token(&secret).call(rpc, &request).await.message();
        let client = server.rest.with_token(&secret);
        client.get(&format!("/v1/{EVALUATION}")).await.message();
        // Right, but without the right.
        assert_eq!(client.get("/v1/apiKeys").await.refusal().code, "PERMISSION_DENIED");
    }
    let used = stack.grpc.call("AccessService.GetApiKey", &named).await.message();
    assert!(used["lastUseTime"].is_string(), "{used}");

    let revoke = stack.rest.request("POST", &format!("/v1/{name}:revoke")).json(&json!({}));
    let revoked = send(revoke).await.into_answer().message();
    assert!(revoked["revokeTime"].is_string(), "{revoked}");
    for server in [&second, &stack] {
        assert_eq!(reason(server, &bearer(&secret)).await, "CREDENTIAL_REVOKED");
    }
    let refused = stack.grpc.call("AccessService.GetApiKey", &named).await.message();
    assert_eq!(refused["lastUseTime"], used["lastUseTime"], "a refusal is no use");
}
