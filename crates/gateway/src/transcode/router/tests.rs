use std::cell::Cell;

use proptest::prelude::*;

use super::*;

thread_local! {
    static STEP_COUNT: Cell<usize> = const { Cell::new(0) };
}

/// Notes that a node was met.
pub(super) fn count_step() {
    STEP_COUNT.set(STEP_COUNT.get() + 1);
}

/// How many nodes are met on the way to what a path leads to.
fn step_count(router: &Router<&'static str>, request: &str) -> usize {
    STEP_COUNT.set(0);
    find(router, request);
    STEP_COUNT.get()
}

fn router_of(lines: &[&'static str]) -> Router<&'static str> {
    let mut router = Router::new();
    for route in lines {
        let (method, template) = route.split_once(' ').expect("a method and a template");
        let method = match method {
            "*" => MethodPattern::Any,
            name => MethodPattern::Only(name.parse().expect("a method")),
        };
        let template = Template::parse(template).expect("a template");
        router.insert(method, template, *route).expect("a route of its own");
    }
    router
}

fn find(router: &Router<&'static str>, request: &str) -> String {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    match router.find(&method.parse().expect("a method"), path) {
        Ok(Found::Route(route, values)) => format!("{route} [{}]", values.join("|")),
        Ok(Found::OtherMethods(methods)) => {
            methods.iter().map(Method::as_str).collect::<Vec<_>>().join(",")
        }
        Ok(Found::Nothing) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_most_literal_template_wins() {
    let router = router_of(&[
        "GET /v1/{rest=**}",
        "GET /v1/things/{id}",
        "GET /v1/things/latest",
        "GET /v1/{kind}/latest/parts",
    ]);
    for (request, expected) in [
        ("GET /v1/things/latest", "GET /v1/things/latest []"),
        ("GET /v1/things/7", "GET /v1/things/{id} [7]"),
        ("GET /v1/things/latest/parts", "GET /v1/{kind}/latest/parts [things]"),
        ("GET /v1/things/7/parts", "GET /v1/{rest=**} [things/7/parts]"),
        ("GET /v1/", "GET /v1/{rest=**} []"),
        ("GET /v1", "GET /v1/{rest=**} []"),
        ("GET /", "nothing"),
        ("GET /v2/things", "nothing"),
    ] {
        assert_eq!(find(&router, request), expected, "{request}");
    }
}

#[test]
fn templates_that_cross_are_told_apart_where_they_first_differ() {
    let templates = [
        "GET /v1/{a}/x",
        "GET /v1/y/{b}",
        "PUT /v1/{a}/x",
        "GET /v1/z/{rest=**}",
        "GET /v1/{a}/{b}/last",
    ];
    let mut reversed = templates;
    reversed.reverse();
    // What was read first makes no difference.
    for router in [router_of(&templates), router_of(&reversed)] {
        for (request, expected) in [
            ("GET /v1/y/x", "GET /v1/y/{b} [x]"),
            ("PUT /v1/y/x", "PUT /v1/{a}/x [y]"),
            ("POST /v1/y/x", "GET,HEAD,OPTIONS,PUT"),
            ("GET /v1/z/x", "GET /v1/z/{rest=**} [x]"),
            ("GET /v1/z/y/last", "GET /v1/z/{rest=**} [y/last]"),
            ("GET /v1/w/y/last", "GET /v1/{a}/{b}/last [w|y]"),
        ] {
            assert_eq!(find(&router, request), expected, "{request}");
        }
    }
}

#[test]
fn a_path_meets_each_node_at_most_once() {
    // Every path of ten segments that are `a` or anything fits some template but for its end, so
    // each has as many ways as there can be.
    let mut router = Router::new();
    let mut node_count = 1;
    for ways in 0..1_u32 << 10 {
        let segment = |place: u32| if ways & 1 << place == 0 { "/a" } else { "/*" };
        let template: String = (0..10).map(segment).chain(["/end"]).collect();
        let template = Template::parse(&template).expect("a template");
        router.insert(MethodPattern::Any, template, "").expect("a shape of its own");
    }
    for depth in 1..=10 {
        node_count += 1 << depth;
    }
    node_count += 1 << 10; // The ends.
    assert_eq!(step_count(&router, &format!("GET {}/end", "/a".repeat(10))), 12);
    assert!(step_count(&router, &format!("GET {}/no", "/a".repeat(10))) <= node_count);
    // However long the path is, it is left where no template goes on.
    assert!(step_count(&router, &format!("GET {}", "/a".repeat(4_000))) <= node_count);
}

#[test]
fn steps_grow_with_the_path_and_not_with_what_is_in_it() {
    let router = router_of(&[
        "GET /v1/{name=regions/*/evaluations/*}",
        "GET /v1/regions/{region}/evaluations/latest",
        "GET /v1/{name=regions/*/scorecards/*}",
        "POST /v1/{name=regions/*/evaluations/*}:submit",
        "GET /v1/{path=files/**}",
    ]);
    for path in [
        "/v1/regions/1/evaluations/latest",
        "/v1/regions/1/evaluations/2:submit",
        "/v1/regions/1/evaluations/2:no",
        "/v1/regions/regions/regions/regions",
        "/v1/regions/*/evaluations/*/evaluations/*",
        "/v1/files/%2F%2F%2F/a/b/c",
        "/v1//////////",
    ] {
        let segment_count = path.matches('/').count();
        // Once with the verb cut off, and once without; each time a node that fits less well.
        let max = 2 * (segment_count + 2);
        assert!(step_count(&router, &format!("GET {path}")) <= max, "{path}");
    }
}

#[test]
fn a_verb_is_not_part_of_an_id() {
    let router = router_of(&[
        "GET /v1/things/{id}",
        "POST /v1/things/{id}:watch",
        "POST /v1/{name=files/**}:move",
        "GET /v1/{name=files/**}",
        "POST /v1/things:search",
    ]);
    for (request, expected) in [
        ("POST /v1/things/r1:watch", "POST /v1/things/{id}:watch [r1]"),
        ("POST /v1/things/a:b:watch", "POST /v1/things/{id}:watch [a:b]"),
        ("GET /v1/things/r1:watch", "OPTIONS,POST"),
        ("GET /v1/things/r1%3Awatch", "GET /v1/things/{id} [r1:watch]"),
        ("GET /v1/things/r1:other", "GET /v1/things/{id} [r1:other]"),
        ("POST /v1/things/r1:other", "GET,HEAD,OPTIONS"),
        ("POST /v1/things/:watch", "GET,HEAD,OPTIONS"),
        ("POST /v1/files/a/b:move", "POST /v1/{name=files/**}:move [files/a/b]"),
        ("POST /v1/things:search", "POST /v1/things:search []"),
    ] {
        assert_eq!(find(&router, request), expected, "{request}");
    }
}

#[test]
fn methods_are_told_apart_behind_the_path() {
    let router = router_of(&[
        "GET /v1/things/{id}",
        "DELETE /v1/things/{id}",
        "GET /v1/things/latest",
        "HEAD /v1/heads",
        "GET /v1/heads",
        "* /v1/any",
        "PUT /v1/any",
    ]);
    for (request, expected) in [
        ("HEAD /v1/things/7", "GET /v1/things/{id} [7]"),
        ("HEAD /v1/heads", "HEAD /v1/heads []"),
        ("PATCH /v1/things/7", "DELETE,GET,HEAD,OPTIONS"),
        ("DELETE /v1/things/latest", "DELETE /v1/things/{id} [latest]"),
        ("PUT /v1/any", "PUT /v1/any []"),
        ("BREW /v1/any", "* /v1/any []"),
        ("OPTIONS /v1/things/7", "DELETE,GET,HEAD,OPTIONS"),
    ] {
        assert_eq!(find(&router, request), expected, "{request}");
    }
}

#[test]
fn values_are_decoded_as_the_annotation_says() {
    let router = router_of(&[
        "GET /v1/one/{id}",
        "GET /v1/{name=many/*/x/*}",
        "GET /v1/a%20b",
        "GET /v1/kinds/{kind=*}",
        "GET /v1/rest/{rest=**}",
    ]);
    for (request, expected) in [
        ("GET /v1/one/a%2Fb%3A%25", "GET /v1/one/{id} [a/b:%]"),
        ("GET /v1/many/a%2Fb/x/c%3Ad", "GET /v1/{name=many/*/x/*} [many/a%2Fb/x/c:d]"),
        ("GET /v1/%6Fne/1", "GET /v1/one/{id} [1]"),
        ("GET /v1/a%20b", "GET /v1/a%20b []"),
        ("GET /v1/one/", "nothing"),
        ("GET /v1/one/%", "a `%` is not followed by two hexadecimal digits"),
        ("GET /v1/one/%ff", "the percent-encoded bytes are not UTF-8"),
        ("GET /v1/one/a+b%2Bc", "GET /v1/one/{id} [a+b+c]"),
        ("GET /v1/one/%252F", "GET /v1/one/{id} [%2F]"),
        ("GET /v1/one/..", "GET /v1/one/{id} [..]"),
        ("GET /v1/many/%2f/x/%252F", "GET /v1/{name=many/*/x/*} [many/%2f/x/%2F]"),
        ("GET /v1/many//x/y", "nothing"),
        ("GET /v1/kinds/a%2Fb", "GET /v1/kinds/{kind=*} [a/b]"),
        ("GET /v1/rest/a%2Fb", "GET /v1/rest/{rest=**} [a%2Fb]"),
        ("GET /v1/rest/a//b/", "GET /v1/rest/{rest=**} [a//b/]"),
    ] {
        assert_eq!(find(&router, request), expected, "{request}");
    }
}

#[test]
fn a_template_of_the_same_shape_and_method_is_refused() {
    let mut router = router_of(&["GET /v1/{name=things/*}", "GET /v1/{rest=**}:run"]);
    for (method, template, taken) in [
        (Method::GET, "/v1/things/{id}", Some("GET /v1/{name=things/*}")),
        (Method::GET, "/v1/**:run", Some("GET /v1/{rest=**}:run")),
        (Method::PUT, "/v1/things/{id}", None),
        (Method::GET, "/v1/things/{id}:run", None),
        (Method::GET, "/v1/**", None),
    ] {
        let template = Template::parse(template).expect("a template");
        let inserted = router.insert(MethodPattern::Only(method), template, "new");
        assert_eq!(inserted.err().copied(), taken);
    }
}

/// One segment of a template, and one that fits it.
fn segment_and_text() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        "[a-z]{1,6}".prop_map(|literal| (literal.clone(), literal)),
        "\\PC{1,6}".prop_map(|text| ("*".to_owned(), text)),
    ]
}

fn encode(text: &str) -> String {
    let encoded: Vec<_> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    encoded.concat()
}

proptest! {
    #[test]
    fn a_rendered_path_matches_and_gives_back_its_variables(
        before in proptest::collection::vec(segment_and_text(), 0..4),
        inside in proptest::collection::vec(segment_and_text(), 1..4),
        single in "\\PC{1,8}",
        rest in proptest::collection::vec("[^/%]{1,6}", 0..4),
        has_verb in any::<bool>(),
    ) {
        let join = |texts: Vec<&str>| {
            let texts: Vec<_> = texts.iter().map(|text| format!("/{text}")).collect();
            texts.concat()
        };
        let encoded: Vec<(String, String)> = before
            .iter()
            .chain(&inside)
            .map(|(template, text)| (template.clone(), encode(text)))
            .collect();
        let (before_encoded, inside_encoded) = encoded.split_at(before.len());
        let verb = if has_verb { ":verb" } else { "" };
        let pattern = format!(
            "{}/{{many={}}}/{{one}}/{{rest=**}}{verb}",
            join(before_encoded.iter().map(|(template, _)| template.as_str()).collect()),
            &join(inside_encoded.iter().map(|(template, _)| template.as_str()).collect())[1..],
        );
        let path = format!(
            "{}{}/{}{}{}{verb}",
            join(before_encoded.iter().map(|(_, text)| text.as_str()).collect()),
            join(inside_encoded.iter().map(|(_, text)| text.as_str()).collect()),
            encode(&single),
            if rest.is_empty() { "" } else { "/" },
            rest.iter().map(|text| encode(text)).collect::<Vec<_>>().join("/"),
        );
        let mut router = Router::new();
        let template = Template::parse(&pattern).expect("a template");
        router.insert(MethodPattern::Any, template, ()).expect("the only route");

        let kept_slashes = |text: &String| text.replace('/', "%2f");
        let many: Vec<_> = inside.iter().map(|(_, text)| kept_slashes(text)).collect();
        let values = if inside.len() == 1 { inside[0].1.clone() } else { many.join("/") };
        let expected = vec![values, single, rest.join("/")];
        prop_assert_eq!(router.find(&Method::GET, &path), Ok(Found::Route(&(), expected)));
    }

    #[test]
    fn finding_never_panics(path in any::<String>()) {
        let router = router_of(&["GET /{a}/{b=x/**}", "GET /{c}:verb", "GET /{d=**}:verb"]);
        let _ = router.find(&Method::GET, &path);
    }
}
