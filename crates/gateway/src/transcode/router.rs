//! Finds the route of a path.
//!
//! Where several templates fit a path, the one wins that is the more literal at the first segment
//! in which they differ: a text before `*`, `*` before `**`. So each two templates are in an order
//! that doesn't depend on the contract's, and only those of the same shape are refused. A template
//! with a verb comes before all without. Then methods are told apart: a method that the best
//! template doesn't have is looked for in those that fit less well, and a method of its own name
//! comes before `*`.
//!
//! A path is walked through a tree of segments, and meets each node at most once. So the time grows
//! with the path's length, by no more than the number of templates that fit up to a segment; what
//! else stands in the path adds nothing.

use std::{borrow::Cow, collections::HashMap};

use http::Method;

use crate::transcode::{
    percent::{self, PercentError, Slash},
    template::{Segment, Template, Variable},
};

/// The methods that a route answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MethodPattern {
    /// This one; a `GET` route answers `HEAD` too, unless another route does.
    Only(Method),
    /// Any that no other route of the same path names: `custom: {kind: "*"}`.
    Any,
}

/// The routes, with what each leads to.
#[derive(Debug)]
pub(crate) struct Router<T> {
    root: Node,
    routes: Vec<Route<T>>,
}

#[derive(Debug)]
struct Route<T> {
    variables: Vec<Variable>,
    segment_count: usize,
    target: T,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<String, Node>,
    one: Option<Box<Node>>,
    ends: Vec<End>,
    rest_ends: Vec<End>,
}

/// The routes that end at one node with one verb.
#[derive(Debug)]
struct End {
    verb: Option<String>,
    routes: Vec<(MethodPattern, usize)>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'r, T> {
    /// A route, with the values of its variables in the template's order.
    Route(&'r T, Vec<String>),
    /// Routes of other methods: `GET`, `HEAD`, `OPTIONS`.
    OtherMethods(Vec<Method>),
    /// Nothing.
    Nothing,
}

impl<T> Router<T> {
    /// Makes a router without routes.
    pub(crate) fn new() -> Self {
        Self { root: Node::default(), routes: Vec::new() }
    }

    /// Adds a route, or gives the target that has its method and template already.
    pub(crate) fn insert(
        &mut self,
        method: MethodPattern,
        template: Template,
        target: T,
    ) -> Result<(), &T> {
        let Template { segments, variables, verb } = template;
        let end = self.root.end_of(&segments, verb);
        if let Some((_, index)) = end.routes.iter().find(|(taken, _)| *taken == method) {
            return Err(&self.routes[*index].target);
        }
        end.routes.push((method, self.routes.len()));
        self.routes.push(Route { variables, segment_count: segments.len(), target });
        Ok(())
    }

    /// Finds what a path, still percent-encoded, leads to.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_, T>, PercentError> {
        let segments = split(path)?;
        // Where a template with this verb fits, those without aren't asked: `r1:watch` is no id.
        if let Some((stripped, verb)) = cut_verb(&segments)? {
            let found = self.find_segments(method, &stripped, Some(&verb))?;
            if !matches!(found, Found::Nothing) {
                return Ok(found);
            }
        }
        self.find_segments(method, &segments, None)
    }

    fn find_segments(
        &self,
        method: &Method,
        segments: &[PathSegment<'_>],
        verb: Option<&str>,
    ) -> Result<Found<'_, T>, PercentError> {
        let mut route = None;
        let mut others = Vec::new();
        self.root.walk(segments, verb, &mut |end| {
            route = end.route_for(method);
            others.extend(end.routes.iter().map(|(pattern, _)| pattern));
            route.is_some()
        });
        if let Some(index) = route {
            let Route { variables, segment_count, target } = &self.routes[index];
            let values = variables
                .iter()
                .map(|variable| value_of(variable, *segment_count, segments))
                .collect::<Result<_, _>>()?;
            return Ok(Found::Route(target, values));
        }
        Ok(if others.is_empty() { Found::Nothing } else { Found::OtherMethods(allowed(&others)) })
    }
}

impl Node {
    fn end_of(&mut self, segments: &[Segment], verb: Option<String>) -> &mut End {
        match segments {
            [] => end_with(&mut self.ends, verb),
            [Segment::Rest, ..] => end_with(&mut self.rest_ends, verb),
            [Segment::One, rest @ ..] => self.one.get_or_insert_default().end_of(rest, verb),
            [Segment::Literal(text), rest @ ..] => {
                self.literals.entry(text.clone()).or_default().end_of(rest, verb)
            }
        }
    }

    /// Shows the ends that fit, best first, until `is_enough` says so.
    fn walk<'n>(
        &'n self,
        segments: &[PathSegment<'_>],
        verb: Option<&str>,
        is_enough: &mut impl FnMut(&'n End) -> bool,
    ) -> bool {
        #[cfg(test)]
        tests::count_step();
        if let [first, rest @ ..] = segments {
            let literal = self.literals.get(first.decoded.as_ref());
            let one = self.one.as_deref().filter(|_| !first.raw.is_empty());
            if [literal, one].into_iter().flatten().any(|node| node.walk(rest, verb, is_enough)) {
                return true;
            }
        } else if with_verb(&self.ends, verb).is_some_and(&mut *is_enough) {
            return true;
        }
        with_verb(&self.rest_ends, verb).is_some_and(is_enough)
    }
}

impl End {
    fn route_for(&self, method: &Method) -> Option<usize> {
        let with = |wanted: &MethodPattern| {
            self.routes.iter().find(|(pattern, _)| pattern == wanted).map(|(_, index)| *index)
        };
        let only = |method: &Method| with(&MethodPattern::Only(method.clone()));
        only(method)
            .or_else(|| if method == Method::HEAD { only(&Method::GET) } else { None })
            .or_else(|| with(&MethodPattern::Any))
    }
}

fn end_with(ends: &mut Vec<End>, verb: Option<String>) -> &mut End {
    let index = ends.iter().position(|end| end.verb == verb).unwrap_or(ends.len());
    if index == ends.len() {
        ends.push(End { verb, routes: Vec::new() });
    }
    &mut ends[index]
}

fn with_verb<'n>(ends: &'n [End], verb: Option<&str>) -> Option<&'n End> {
    ends.iter().find(|end| end.verb.as_deref() == verb)
}

/// The methods of an `Allow` header, each once and in a fixed order.
fn allowed(patterns: &[&MethodPattern]) -> Vec<Method> {
    let mut methods = vec![Method::OPTIONS];
    for pattern in patterns {
        if let MethodPattern::Only(method) = pattern {
            methods.push(method.clone());
            if method == Method::GET {
                methods.push(Method::HEAD);
            }
        }
    }
    methods.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    methods.dedup();
    methods
}

#[derive(Clone, Debug)]
struct PathSegment<'p> {
    raw: &'p str,
    decoded: Cow<'p, str>,
}

impl<'p> PathSegment<'p> {
    fn parse(raw: &'p str) -> Result<Self, PercentError> {
        Ok(Self { raw, decoded: percent::decode(raw, Slash::Decode)? })
    }
}

fn split(path: &str) -> Result<Vec<PathSegment<'_>>, PercentError> {
    match path.strip_prefix('/').unwrap_or(path) {
        "" => Ok(Vec::new()),
        rest => rest.split('/').map(PathSegment::parse).collect(),
    }
}

type Verbed<'p> = (Vec<PathSegment<'p>>, Cow<'p, str>);

/// The segments without the verb behind the last segment's last `:`, and that verb.
///
/// The encoded text is cut: `%3A` belongs to an id.
fn cut_verb<'p>(segments: &[PathSegment<'p>]) -> Result<Option<Verbed<'p>>, PercentError> {
    let Some((base, verb)) = segments.last().and_then(|last| last.raw.rsplit_once(':')) else {
        return Ok(None);
    };
    let mut stripped = segments[..segments.len() - 1].to_vec();
    stripped.push(PathSegment::parse(base)?);
    Ok(Some((stripped, percent::decode(verb, Slash::Decode)?)))
}

fn value_of(
    variable: &Variable,
    template_segment_count: usize,
    segments: &[PathSegment<'_>],
) -> Result<String, PercentError> {
    // A variable that ends the template may end in `**`, which takes all that is left.
    let is_last = variable.end == template_segment_count;
    let end = if is_last { segments.len() } else { variable.end };
    let taken = &segments[variable.start..end];
    if !variable.is_multi_segment {
        return Ok(taken.first().map_or_else(String::new, |only| only.decoded.to_string()));
    }
    let decoded = taken
        .iter()
        .map(|segment| percent::decode(segment.raw, Slash::Keep))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(decoded.join("/"))
}

#[cfg(test)]
mod tests;
