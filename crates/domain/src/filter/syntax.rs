//! The grammar of filters, <https://google.aip.dev/assets/misc/ebnf-filtering.txt>.
//!
//! Each method of [`Parser`] is the rule of its name. Two readings are ours: in an argument `:` is
//! text, so that a time needs no quotes, and a sequence is a conjunction, as AIP-160 says of exact
//! matching.

use super::{FILTER_DEPTH_MAX, FILTER_MAX_CHARACTERS, FILTER_TERMS_MAX};
use crate::fault::Fault;

/// What a filter says, before anyone asks whether its fields exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// All hold.
    All(Vec<Expression>),
    /// At least one holds.
    Any(Vec<Expression>),
    /// It does not hold.
    Not(Box<Expression>),
    /// The literal occurs somewhere.
    Bare(Literal),
    /// A field compares so with the argument.
    Restriction(Literal, Comparator, Argument),
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// A literal.
    Literal(Literal),
    /// Literals with logic between them: `kind = (kota OR kabupaten)`.
    Composite(Box<Expression>),
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    NotEqual,
    Equal,
    Has,
}

impl Comparator {
    /// The longer ones come before those that they begin with.
    pub(super) const ALL: [(&str, Self); 7] = [
        ("<=", Self::LessOrEqual),
        ("<", Self::Less),
        (">=", Self::GreaterOrEqual),
        (">", Self::Greater),
        ("!=", Self::NotEqual),
        ("=", Self::Equal),
        (":", Self::Has),
    ];
}

/// A text as it was meant: without its quotes and escapes.
#[derive(Clone, Debug, Eq)]
pub(super) struct Literal {
    text: String,
    /// Where in `text` a `*` stands that was not escaped, in bytes.
    stars: Vec<usize>,
    is_quoted: bool,
    /// Where it begins in the filter, in characters, the first of which is 1.
    position: usize,
}

impl PartialEq for Literal {
    /// The position tells nothing about what is meant.
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.stars, self.is_quoted) == (&other.text, &other.stars, other.is_quoted)
    }
}

impl Literal {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn stars(&self) -> &[usize] {
        &self.stars
    }

    /// Whether it is a lone `*`.
    pub(super) fn is_star(&self) -> bool {
        self.text == "*" && !self.stars.is_empty()
    }

    pub(super) fn is_quoted(&self) -> bool {
        self.is_quoted
    }

    /// A fault of this literal.
    pub(super) fn fault(&self, allowed: impl std::fmt::Display) -> Fault {
        Fault::new(&self.text, format!("{allowed}, at character {}", self.position))
    }

    fn push(&mut self, character: char) {
        if character == '*' {
            self.stars.push(self.text.len());
        }
        self.text.push(character);
    }
}

/// Reads a filter; `None` of an empty one.
///
/// # Errors
/// A [`Fault`] with the first word that does not fit, its place, and what does.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, Fault> {
    if text.chars().nth(FILTER_MAX_CHARACTERS).is_some() {
        return Err(Fault::new(text, format!("at most {FILTER_MAX_CHARACTERS} characters")));
    }
    let mut parser = Parser { text, offset: 0, depth: 0, terms: 0 };
    parser.skip_blanks();
    if parser.rest().is_empty() {
        return Ok(None);
    }
    let expression = parser.expression()?;
    parser.skip_blanks();
    if parser.rest().is_empty() {
        Ok(Some(expression))
    } else {
        Err(parser.fault(parser.offset, "a ( for this )"))
    }
}

struct Parser<'a> {
    text: &'a str,
    offset: usize,
    depth: usize,
    terms: usize,
}

const KEYWORDS: [&str; 3] = ["AND", "OR", "NOT"];

impl Parser<'_> {
    /// `sequence {WS AND WS sequence}`
    fn expression(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.sequence()?];
        while self.skip_keyword("AND")? {
            parts.push(self.sequence()?);
        }
        Ok(joined(parts, Expression::All))
    }

    /// `factor {WS factor}`
    fn sequence(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.factor()?];
        loop {
            let end = self.offset;
            let is_apart = self.skip_blanks();
            if self.rest().is_empty() || self.rest().starts_with(')') || self.is_at("AND") {
                self.offset = end;
                return Ok(joined(parts, Expression::All));
            }
            if !is_apart {
                return Err(self.fault(end, "a blank before this"));
            }
            parts.push(self.factor()?);
        }
    }

    /// `term {WS OR WS term}`
    fn factor(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.term()?];
        while self.skip_keyword("OR")? {
            parts.push(self.term()?);
        }
        Ok(joined(parts, Expression::Any))
    }

    /// `[(NOT WS | MINUS)] simple`
    fn term(&mut self) -> Result<Expression, Fault> {
        if self.is_at("NOT") {
            self.offset += "NOT".len();
            self.skip_blanks();
        } else if self.rest().starts_with('-') {
            self.offset += 1;
        } else {
            return self.simple();
        }
        Ok(Expression::Not(Box::new(self.simple()?)))
    }

    /// `restriction | composite`, where a restriction is `comparable [comparator arg]`
    fn simple(&mut self) -> Result<Expression, Fault> {
        if self.rest().starts_with('(') {
            return self.composite();
        }
        if self.rest().starts_with('-') {
            return Err(self.fault(self.offset, "one negation, or parentheses between two"));
        }
        self.terms += 1;
        if self.terms > FILTER_TERMS_MAX {
            return Err(self.fault(self.offset, &format!("at most {FILTER_TERMS_MAX} terms")));
        }
        let comparable = self.member(false)?;
        let end = self.offset;
        self.skip_blanks();
        let found = Comparator::ALL.iter().find(|(sign, _)| self.rest().starts_with(sign));
        let Some((sign, comparator)) = found else {
            self.offset = end;
            return Ok(Expression::Bare(comparable));
        };
        self.offset += sign.len();
        self.skip_blanks();
        let argument = if self.rest().starts_with('(') {
            Argument::Composite(Box::new(self.composite()?))
        } else {
            Argument::Literal(self.member(true)?)
        };
        Ok(Expression::Restriction(comparable, *comparator, argument))
    }

    /// `LPAREN expression RPAREN`
    fn composite(&mut self) -> Result<Expression, Fault> {
        if self.depth == FILTER_DEPTH_MAX {
            let allowed = format!("at most {FILTER_DEPTH_MAX} parentheses within each other");
            return Err(self.fault(self.offset, &allowed));
        }
        self.depth += 1;
        self.offset += 1;
        self.skip_blanks();
        let expression = self.expression()?;
        self.skip_blanks();
        if !self.rest().starts_with(')') {
            return Err(self.fault(self.offset, "a )"));
        }
        self.offset += 1;
        self.depth -= 1;
        Ok(expression)
    }

    /// `value {DOT field}`, which is one literal: a decimal and a region's code have a dot too.
    fn member(&mut self, is_argument: bool) -> Result<Literal, Fault> {
        let start = self.offset;
        let literal = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.string(quote)?,
            _ => self.dotted(is_argument)?,
        };
        if self.rest().starts_with('(') {
            let allowed = match literal.text.as_str() {
                keyword if KEYWORDS.contains(&keyword) => "a blank after the keyword",
                _ => "no function, as there are none",
            };
            return Err(self.fault(start, allowed));
        }
        if literal.is_quoted && self.rest().starts_with('.') {
            return Err(self.fault(start, "quotes around the whole of a value and no field"));
        }
        if !literal.is_quoted && KEYWORDS.contains(&literal.text.as_str()) {
            return Err(self.fault(start, "a value, in quotes where it is AND, OR or NOT"));
        }
        Ok(literal)
    }

    /// `TEXT {DOT TEXT}`
    fn dotted(&mut self, is_argument: bool) -> Result<Literal, Fault> {
        let start = self.offset;
        let mut literal = self.literal(false);
        while let Some(character) = self.rest().chars().next().filter(|character| {
            !character.is_whitespace()
                && !matches!(character, '(' | ')' | ',' | '"' | '=' | '<' | '>')
                && (*character != ':' || (is_argument && self.offset > start))
                && !self.rest().starts_with("!=")
        }) {
            literal.push(character);
            self.offset += character.len_utf8();
        }
        if literal.text.is_empty() {
            let allowed = if is_argument { "a value" } else { "a field, a value or a (" };
            return Err(self.fault(start, allowed));
        }
        if literal.text.split('.').any(str::is_empty) {
            return Err(self.fault(start, "text at both sides of a dot, or quotes around it"));
        }
        Ok(literal)
    }

    /// `STRING`
    fn string(&mut self, quote: char) -> Result<Literal, Fault> {
        let start = self.offset;
        let mut literal = self.literal(true);
        let mut characters = self.text[start + 1..].char_indices();
        while let Some((index, character)) = characters.next() {
            if character == quote {
                self.offset = start + 1 + index + 1;
                return Ok(literal);
            }
            if character != '\\' {
                literal.push(character);
                continue;
            }
            match characters.next() {
                Some((_, escaped @ ('\\' | '"' | '\'' | '*'))) => literal.text.push(escaped),
                Some((_, 'n')) => literal.text.push('\n'),
                Some((_, 'r')) => literal.text.push('\r'),
                Some((_, 't')) => literal.text.push('\t'),
                _ => {
                    let allowed = r#"\\, \", \', \*, \n, \r or \t"#;
                    return Err(self.fault(start + 1 + index, allowed));
                }
            }
        }
        Err(self.fault(start, &format!("a closing {quote} for the one")))
    }

    fn literal(&self, is_quoted: bool) -> Literal {
        let position = self.position(self.offset);
        Literal { text: String::new(), stars: Vec::new(), is_quoted, position }
    }

    fn rest(&self) -> &str {
        &self.text[self.offset..]
    }

    fn position(&self, offset: usize) -> usize {
        self.text[..offset].chars().count() + 1
    }

    fn is_at(&self, keyword: &str) -> bool {
        let after = self.rest().strip_prefix(keyword).map(|after| after.chars().next());
        after.is_some_and(|next| next.is_none_or(char::is_whitespace))
    }

    /// Whether there were any.
    fn skip_blanks(&mut self) -> bool {
        let start = self.offset;
        self.offset = self.text.len() - self.rest().trim_start().len();
        self.offset > start
    }

    /// Whether `keyword` stood there, with blanks around it.
    fn skip_keyword(&mut self, keyword: &str) -> Result<bool, Fault> {
        let end = self.offset;
        let is_apart = self.skip_blanks();
        if !self.is_at(keyword) {
            self.offset = end;
            return Ok(false);
        }
        if !is_apart {
            return Err(self.fault(end, "a blank before this"));
        }
        self.offset += keyword.len();
        self.skip_blanks();
        Ok(true)
    }

    /// A fault of the word at `offset`, or of the whole filter where it ends too early.
    fn fault(&self, offset: usize, allowed: &str) -> Fault {
        let word = self.text[offset..].split_whitespace().next().unwrap_or(self.text);
        Fault::new(word, format!("{allowed}, at character {}", self.position(offset)))
    }
}

fn joined(mut parts: Vec<Expression>, all: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => all(parts),
    }
}

#[cfg(test)]
mod tests;
