//! Path templates in the grammar of `google/api/http.proto`.
//!
//! ```text
//! Template = "/" Segments [ Verb ] ;
//! Segments = Segment { "/" Segment } ;
//! Segment  = "*" | "**" | LITERAL | Variable ;
//! Variable = "{" FieldPath [ "=" Segments ] "}" ;
//! FieldPath = IDENT { "." IDENT } ;
//! Verb     = ":" LITERAL ;
//! ```

use crate::transcode::percent::{self, Slash};

/// A parsed path template, `/v1/{name=shelves/*}:move`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// What each segment of a path must be; `**` stands last, if at all.
    pub(crate) segments: Vec<Segment>,
    /// Which segments a path's variables take, in the order of the template.
    pub(crate) variables: Vec<Variable>,
    /// The custom verb behind the last `:`.
    pub(crate) verb: Option<String>,
}

/// One segment of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// This text, percent-decoded.
    Literal(String),
    /// `*`: any one segment that isn't empty.
    One,
    /// `**`: all that is left, even nothing.
    Rest,
}

/// A variable and the segments it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// The request's field, `book.name`.
    pub(crate) field_path: String,
    /// The index of its first segment.
    pub(crate) start: usize,
    /// The index behind its last segment, in the template.
    pub(crate) end: usize,
    /// Whether it can take several segments, so that slashes separate in its value.
    pub(crate) is_multi_segment: bool,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path template `{template}`: {problem} at byte {position}")]
pub struct TemplateError {
    template: String,
    position: usize,
    problem: &'static str,
}

impl Template {
    /// Parses a template.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parser = Parser::new(text);
        parser.template().map_err(|problem| TemplateError {
            template: text.to_owned(),
            position: parser.position,
            problem,
        })?;
        let Parser { segments, variables, verb, .. } = parser;
        Ok(Self { segments, variables, verb })
    }
}

type Parsed<T> = Result<T, &'static str>;

struct Parser<'a> {
    text: &'a str,
    /// Where the verb, or else the text, ends.
    end: usize,
    position: usize,
    segments: Vec<Segment>,
    variables: Vec<Variable>,
    verb: Option<String>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            end: text.len(),
            position: 0,
            segments: Vec::new(),
            variables: Vec::new(),
            verb: None,
        }
    }

    fn template(&mut self) -> Parsed<()> {
        self.verb()?;
        self.expect("/", "a template starts with `/`")?;
        if self.rest().is_empty() && self.verb.is_none() {
            return Ok(()); // The root itself: not in the grammar, but common and unmistakable.
        }
        self.segments()?;
        if self.rest().is_empty() { Ok(()) } else { Err("`}` without `{`") }
    }

    /// Cuts the verb off: the last `:` behind the last `/` and the last `}`.
    fn verb(&mut self) -> Parsed<()> {
        let tail = self.text.rfind(['/', '}']).map_or(0, |index| index + 1);
        let Some(colon) = self.text[tail..].rfind(':') else {
            return Ok(());
        };
        self.end = tail + colon;
        self.position = self.end + 1;
        self.verb = Some(literal(&self.text[self.position..]).ok_or("a verb is a literal")?);
        self.position = 0;
        Ok(())
    }

    fn segments(&mut self) -> Parsed<()> {
        loop {
            self.segment()?;
            if !self.take("/") {
                return Ok(());
            }
            if matches!(self.segments.last(), Some(Segment::Rest)) {
                return Err("`**` must be the last segment");
            }
        }
    }

    fn segment(&mut self) -> Parsed<()> {
        if self.take("{") {
            return self.variable();
        }
        let length = self.rest().find(['/', '{', '}']).unwrap_or(self.rest().len());
        let segment = match &self.rest()[..length] {
            "" => return Err("a segment is missing"),
            "*" => Segment::One,
            "**" => Segment::Rest,
            text => Segment::Literal(literal(text).ok_or("a literal has a character it can't")?),
        };
        self.segments.push(segment);
        self.position += length;
        if self.rest().starts_with('{') { Err("a `/` is missing before `{`") } else { Ok(()) }
    }

    fn variable(&mut self) -> Parsed<()> {
        if self.variables.last().is_some_and(|open| open.end == usize::MAX) {
            return Err("a variable must not contain another");
        }
        let field_path = self.field_path()?;
        if self.variables.iter().any(|variable| variable.field_path == field_path) {
            return Err("a field is bound twice before this point");
        }
        let start = self.segments.len();
        // `end` stays at its largest while the variable is open.
        self.variables.push(Variable {
            field_path,
            start,
            end: usize::MAX,
            is_multi_segment: false,
        });
        if self.take("=") {
            self.segments()?;
        } else {
            self.segments.push(Segment::One);
        }
        self.expect("}", "a variable ends with `}`")?;
        self.close_variable(start);
        if self.rest().is_empty() || self.rest().starts_with(['/', '}']) {
            Ok(())
        } else {
            Err("a `/` is missing behind `}`")
        }
    }

    fn close_variable(&mut self, start: usize) {
        let end = self.segments.len();
        if let Some(variable) = self.variables.last_mut() {
            variable.end = end;
            variable.is_multi_segment = end - start > 1 || self.segments[start] == Segment::Rest;
        }
    }

    fn field_path(&mut self) -> Parsed<String> {
        let length = self.rest().find(['=', '}', '/', '{']).unwrap_or(self.rest().len());
        let path = &self.rest()[..length];
        if !path.split('.').all(is_identifier) {
            return Err("a field path is identifiers joined by dots");
        }
        let path = path.to_owned();
        self.position += length;
        Ok(path)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..self.end]
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str, problem: &'static str) -> Parsed<()> {
        if self.take(token) { Ok(()) } else { Err(problem) }
    }
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|other| other.is_ascii_alphanumeric() || other == '_')
}

/// Decodes a literal, or says none where a path could never hold it.
fn literal(text: &str) -> Option<String> {
    let is_allowed = |other: char| other.is_ascii_graphic() && !"*?#\"<>\\^`|{}".contains(other);
    if text.is_empty() || !text.chars().all(is_allowed) {
        return None;
    }
    percent::decode(text, Slash::Decode).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        let template = Template::parse(text).expect("a template");
        let segments: Vec<_> = template
            .segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(literal) => literal.as_str(),
                Segment::One => "*",
                Segment::Rest => "**",
            })
            .collect();
        let variables: Vec<_> = template
            .variables
            .iter()
            .map(|variable| {
                let Variable { field_path, start, end, is_multi_segment } = variable;
                let mark = if *is_multi_segment { "+" } else { "" };
                format!("{mark}{field_path}={start}..{end}")
            })
            .collect();
        format!("{} [{}] {:?}", segments.join("/"), variables.join(" "), template.verb)
    }

    #[test]
    fn the_whole_grammar_is_read() {
        assert_eq!(shape("/v1/shelves"), "v1/shelves [] None");
        assert_eq!(shape("/v1/{id}"), "v1/* [id=1..2] None");
        assert_eq!(shape("/v1/{a.b_c=*}/x"), "v1/*/x [a.b_c=1..2] None");
        assert_eq!(shape("/v1/{name=shelves/*}"), "v1/shelves/* [+name=1..3] None");
        assert_eq!(shape("/v1/{kind=shelf}"), "v1/shelf [kind=1..2] None");
        assert_eq!(shape("/v1/{path=**}:read"), "v1/** [+path=1..2] Some(\"read\")");
        assert_eq!(shape("/v1/{p=files/**}"), "v1/files/** [+p=1..3] None");
        assert_eq!(shape("/v1/*/**"), "v1/*/** [] None");
        assert_eq!(shape("/v1/things:search"), "v1/things [] Some(\"search\")");
        assert_eq!(shape("/v1/a:b/{c}"), "v1/a:b/* [c=2..3] None");
        assert_eq!(shape("/v1/a%20b"), "v1/a b [] None");
        assert_eq!(shape("/v1/{a.b=x/*/y/**}:z"), "v1/x/*/y/** [+a.b=1..5] Some(\"z\")");
        assert_eq!(shape("/{a}/{b=c/*}/{_d1}"), "*/c/*/* [a=0..1 +b=1..3 _d1=3..4] None");
        assert_eq!(shape("/v1/**:read"), "v1/** [] Some(\"read\")");
        assert_eq!(shape("/v1/{a=b:c}"), "v1/b:c [a=1..2] None");
        assert_eq!(shape("/a-b_c~d.e!$&'()+,;=@:x"), "a-b_c~d.e!$&'()+,;=@ [] Some(\"x\")");
        assert_eq!(shape("/v1/%2F%3a%e2%82%ac"), "v1//:€ [] None");
        assert_eq!(shape("/"), " [] None");
    }

    #[test]
    fn a_bad_template_is_refused_where_it_is_bad() {
        let refused = |text: &str| Template::parse(text).expect_err(text).to_string();
        insta::assert_snapshot!(
            [
                "",
                "v1",
                "/v1/",
                "/v1//x",
                "/v1/{",
                "/v1/{}",
                "/v1/{a",
                "/v1/{a=",
                "/v1/{a=}",
                "/v1/{1a}",
                "/v1/{a.}",
                "/v1/{a}{b}",
                "/v1/x{a}",
                "/v1/{a}x",
                "/v1/{a={b}}",
                "/v1/{a}/{a}",
                "/v1/**/x",
                "/v1/{a=**}/x",
                "/v1/***",
                "/v1/x*",
                "/v1/a}",
                "/v1/a:",
                "/v1/a?b",
                "/v1/%zz",
                "/:verb",
                "/v1/{a=*/{b}}",
                "/v1/{a=/x}",
                "/v1/{a=x/}",
                "/v1/{a=***}",
                "/v1/{a b}",
                "/v1/{a=b=c}}",
                "/v1/{a}:b/c",
                "/v1/{a}:b:c",
                "/v1/x:{a}",
                "/v1/{a}:*",
                "/v1/{a}:b%ff",
                "/v1/{a=**}/**",
                "/v1/a b",
                "/v1/é",
                "{a}",
                "/{",
                "/}",
            ]
            .map(refused)
            .join("\n")
        );
    }
}
