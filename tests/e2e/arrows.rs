//! Only the dependencies of design.md, section 6, exist between the workspace's packages.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// What each package may depend on.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("takar-domain", &[]),
    ("takar-telemetry", &[]),
    ("takar-tls", &[]),
    ("takar-proto", &[]),
    ("takar-embedded-postgres", &[]),
    ("takar-store", &["takar-domain"]),
    ("takar-objects", &["takar-domain"]),
    (
        "takar-server",
        &[
            "takar-store",
            "takar-objects",
            "takar-domain",
            "takar-proto",
            "takar-telemetry",
            "takar-tls",
        ],
    ),
    ("takar-gateway", &["takar-proto", "takar-telemetry", "takar-tls"]),
    (
        "takar",
        &[
            "takar-proto",
            "takar-server",
            "takar-gateway",
            "takar-objects",
            "takar-embedded-postgres",
            "takar-telemetry",
            "takar-tls",
        ],
    ),
    ("e2e", &[]),
    // The other side of the benchmarks, of which nothing is part of the product. It tells a gateway that
    // nothing changes, as the server behind one does.
    ("bench-reference", &["takar-proto"]),
];

/// What a package must not depend on even in its tests.
const FORBIDDEN_IN_TESTS: [(&str, &[&str]); 2] =
    [("takar-gateway", &["takar-store", "takar-domain"]), ("takar-domain", &["takar-store"])];

/// What the domain must not depend on, however far down: it is pure.
const IMPURE: [&str; 5] = ["tokio", "sqlx", "tonic", "prost", "axum"];

/// A dependency of one package of the workspace on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
    is_for_tests: bool,
}

impl Arrow {
    fn is_allowed(&self) -> bool {
        let among = |table: &[(&str, &[&str])]| {
            table.iter().any(|(from, to)| *from == self.from && to.contains(&self.to.as_str()))
        };
        if self.is_for_tests { !among(&FORBIDDEN_IN_TESTS) } else { among(&ALLOWED) }
    }
}

fn refused(arrows: impl IntoIterator<Item = Arrow>) -> Vec<Arrow> {
    arrows.into_iter().filter(|arrow| !arrow.is_allowed()).collect()
}

/// The workspace's packages and what they are built from on this machine.
fn metadata() -> Metadata {
    let cargo = env!("CARGO");
    let version = Command::new(cargo).arg("-vV").output().expect("cargo").stdout;
    let version = String::from_utf8(version).expect("text");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    MetadataCommand::new()
        .cargo_path(cargo)
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .other_options(["--locked", "--filter-platform", host].map(str::to_owned))
        .exec()
        .expect("cargo metadata")
}

fn arrows(metadata: &Metadata) -> Vec<Arrow> {
    let packages = metadata.workspace_packages();
    let names: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let of_package = |package: &&cargo_metadata::Package| {
        let from = package.name.to_string();
        let inside = package.dependencies.iter().filter(|dependency| {
            // A package that depends on itself does so to switch on a feature for its tests.
            names.contains(dependency.name.as_str()) && dependency.name != from
        });
        let arrow = |dependency: &cargo_metadata::Dependency| Arrow {
            from: from.clone(),
            to: dependency.name.clone(),
            is_for_tests: dependency.kind == DependencyKind::Development,
        };
        inside.map(arrow).collect::<Vec<_>>()
    };
    packages.iter().flat_map(of_package).collect()
}

/// The names of all packages that `root` is built from, itself left out.
fn reachable(root: &str, graph: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next = vec![root.to_owned()];
    while let Some(package) = next.pop() {
        for dependency in graph.get(&package).into_iter().flatten() {
            if found.insert(dependency.clone()) {
                next.push(dependency.clone());
            }
        }
    }
    found
}

/// Normal dependencies by name; two versions of a package are taken together.
fn graph(metadata: &Metadata) -> BTreeMap<String, Vec<String>> {
    let resolve = metadata.resolve.as_ref().expect("resolved dependencies");
    let mut graph: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in &resolve.nodes {
        let normal = node.deps.iter().filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        });
        let names = normal.map(|dependency| metadata[&dependency.pkg].name.to_string());
        graph.entry(metadata[&node.id].name.to_string()).or_default().extend(names);
    }
    graph
}

fn impure(packages: &BTreeSet<String>) -> Vec<&str> {
    let is_impure = |name: &&str| IMPURE.iter().any(|impure| name.starts_with(impure));
    packages.iter().map(String::as_str).filter(is_impure).collect()
}

#[test]
fn only_the_arrows_of_the_design_exist() {
    let metadata = metadata();
    let arrows = arrows(&metadata);
    assert_eq!(refused(arrows.clone()), []);
    let store_to_domain = Arrow {
        from: "takar-store".to_owned(),
        to: "takar-domain".to_owned(),
        is_for_tests: false,
    };
    assert!(arrows.contains(&store_to_domain), "the arrows were not read: {arrows:?}");
    let packages = metadata.workspace_packages();
    let names: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let ruled: BTreeSet<_> = ALLOWED.iter().map(|(from, _)| *from).collect();
    assert_eq!(names, ruled, "a package without a rule");
}

#[test]
fn the_domain_is_pure() {
    let graph = graph(&metadata());
    let of_domain = reachable("takar-domain", &graph);
    assert!(of_domain.contains("num-rational"), "the graph was not read: {of_domain:?}");
    assert_eq!(impure(&of_domain), [""; 0]);
    // What finds nothing there finds something here.
    assert!(!impure(&reachable("takar-store", &graph)).is_empty());
}

#[test]
fn an_arrow_that_the_design_does_not_have_is_refused() {
    let arrow = |from: &str, to: &str, is_for_tests| Arrow {
        from: from.to_owned(),
        to: to.to_owned(),
        is_for_tests,
    };
    let bad = [
        arrow("takar-domain", "takar-store", false),
        arrow("takar-domain", "takar-store", true),
        arrow("takar-store", "takar-server", false),
        arrow("takar-store", "takar-embedded-postgres", false),
        arrow("takar-store", "takar-objects", false),
        arrow("takar-objects", "takar-store", false),
        arrow("takar-server", "takar-gateway", false),
        arrow("takar-gateway", "takar-domain", false),
        arrow("takar-gateway", "takar-domain", true),
        arrow("takar-gateway", "takar-store", true),
        arrow("takar-gateway", "takar-objects", false),
        arrow("takar", "takar-store", false),
        arrow("takar-proto", "takar-domain", false),
        arrow("takar-newcomer", "takar-domain", false),
    ];
    let good = [
        arrow("takar-server", "takar-store", false),
        arrow("takar-server", "takar-objects", false),
        arrow("takar-store", "takar-embedded-postgres", true),
        arrow("e2e", "takar-store", true),
    ];
    assert_eq!(refused(bad.iter().chain(&good).cloned()), bad);
}

#[test]
fn a_dependency_far_down_is_found() {
    let graph: BTreeMap<_, Vec<_>> = [
        ("takar-domain", vec!["helper"]),
        ("helper", vec!["far", "takar-domain"]),
        ("far", vec!["tokio-util"]),
    ]
    .into_iter()
    .map(|(from, to)| (from.to_owned(), to.into_iter().map(str::to_owned).collect()))
    .collect();
    assert_eq!(impure(&reachable("takar-domain", &graph)), ["tokio-util"]);
}
