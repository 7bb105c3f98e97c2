use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn literal(text: &str) -> Literal {
    let stars = text.match_indices('*').map(|(index, _)| index).collect();
    Literal { text: text.to_owned(), stars, is_quoted: false, position: 0 }
}

fn quoted(text: &str) -> Literal {
    Literal { is_quoted: true, ..literal(text) }
}

fn bare(text: &str) -> Expression {
    Expression::Bare(literal(text))
}

fn restriction(name: &str, comparator: Comparator, argument: Literal) -> Expression {
    Expression::Restriction(literal(name), comparator, Argument::Literal(argument))
}

fn not(expression: Expression) -> Expression {
    Expression::Not(Box::new(expression))
}

fn read(text: &str) -> Expression {
    parse(text).unwrap().unwrap()
}

#[test]
fn or_binds_tighter_than_blanks_and_those_tighter_than_and() {
    use Expression::{All, Any};
    let any = |texts: [&str; 2]| Any(texts.map(bare).into());
    // The examples of AIP-160 and its grammar.
    assert_eq!(read("a AND b OR c"), All(vec![bare("a"), any(["b", "c"])]));
    assert_eq!(read("a OR b AND c"), All(vec![any(["a", "b"]), bare("c")]));
    assert_eq!(read("a OR b OR c"), Any(["a", "b", "c"].map(bare).into()));
    assert_eq!(
        read("New York Giants OR Yankees"),
        All(vec![bare("New"), bare("York"), any(["Giants", "Yankees"])])
    );
    assert_eq!(read("New York Giants OR Yankees"), read("New York (Giants OR Yankees)"));
    assert_eq!(read("a b AND c AND d"), read("(a b) AND c AND d"));
    assert_ne!(read("a b AND c AND d"), read("a AND b AND c AND d"));
    assert_eq!(read("NOT a OR b"), Any(vec![not(bare("a")), bare("b")]));
    assert_eq!(read("-a b"), All(vec![not(bare("a")), bare("b")]));
    assert_eq!(read(" ( ( a ) ) "), bare("a"));
}

#[test]
fn a_restriction_needs_no_blanks_and_takes_any() {
    use Comparator::{Equal, GreaterOrEqual, Has, Less, NotEqual};
    for (text, expected) in [
        ("package=com.google", restriction("package", Equal, literal("com.google"))),
        ("msg != 'hello'", restriction("msg", NotEqual, quoted("hello"))),
        ("2.5 >= 2.4", restriction("2.5", GreaterOrEqual, literal("2.4"))),
        ("a\t<\n-30", restriction("a", Less, literal("-30"))),
        ("map:key", restriction("map", Has, literal("key"))),
        ("-file:\".java\"", not(restriction("file", Has, quoted(".java")))),
        ("NOT a = 1", not(restriction("a", Equal, literal("1")))),
        ("a:*", restriction("a", Has, literal("*"))),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    assert_eq!(read("-30"), not(bare("30")));
    assert_eq!(
        read("time > 2012-04-21T11:30:00-04:00"),
        restriction("time", Comparator::Greater, literal("2012-04-21T11:30:00-04:00"))
    );
    assert_eq!(
        read("a = (b OR c)"),
        Expression::Restriction(
            literal("a"),
            Equal,
            Argument::Composite(Box::new(Expression::Any(vec![bare("b"), bare("c")])))
        )
    );
    // Keywords are in capitals, and whole words.
    assert_eq!(read("a and ANDROID"), Expression::All(["a", "and", "ANDROID"].map(bare).into()));
    assert_eq!(read("Ma'rang"), bare("Ma'rang"));
    assert_eq!(read("\"AND\""), Expression::Bare(quoted("AND")));
}

#[test]
fn escapes_make_quotes_and_stars_plain() {
    assert_eq!(read(r#""a\"b\\c\n""#), Expression::Bare(quoted("a\"b\\c\n")));
    assert_eq!(read(r"'it\'s'"), Expression::Bare(quoted("it's")));
    let plain = Literal { stars: Vec::new(), ..quoted("*") };
    assert_eq!(read(r"'\*'"), Expression::Bare(plain));
}

#[test]
fn nothing_is_asked_by_an_empty_filter() {
    assert_eq!(parse(""), Ok(None));
    assert_eq!(parse(" \n\t"), Ok(None));
}

#[test]
fn a_fault_names_the_word_its_place_and_what_is_allowed() {
    for (text, value, allowed) in [
        ("kind =", "kind =", "a value, at character 7"),
        ("= kota", "=", "a field, a value or a (, at character 1"),
        ("é = (b", "é = (b", "a ), at character 7"),
        ("a b) c", ")", "a ( for this ), at character 4"),
        ("()", ")", "a field, a value or a (, at character 2"),
        ("a AND", "a AND", "a field, a value or a (, at character 6"),
        ("AND a", "AND", "a value, in quotes where it is AND, OR or NOT, at character 1"),
        ("a OR OR b", "OR", "a value, in quotes where it is AND, OR or NOT, at character 6"),
        ("NOT NOT a", "NOT", "a value, in quotes where it is AND, OR or NOT, at character 5"),
        ("--a", "-a", "one negation, or parentheses between two, at character 2"),
        ("- a", "a", "a field, a value or a (, at character 2"),
        ("NOT(a)", "NOT(a)", "a blank after the keyword, at character 1"),
        ("(a)AND b", "AND", "a blank before this, at character 4"),
        ("(a)(b)", "(b)", "a blank before this, at character 4"),
        ("'a''b'", "'b'", "a blank before this, at character 4"),
        ("a = b = c", "=", "a field, a value or a (, at character 7"),
        ("regex(m.key, 'x')", "regex(m.key,", "no function, as there are none, at character 1"),
        ("a = now()", "now()", "no function, as there are none, at character 5"),
        ("a..b", "a..b", "text at both sides of a dot, or quotes around it, at character 1"),
        ("a = .5", ".5", "text at both sides of a dot, or quotes around it, at character 5"),
        ("a = 'b", "'b", "a closing ' for the one, at character 5"),
        (r"a = 'b\x'", r"\x'", r#"\\, \", \', \*, \n, \r or \t, at character 7"#),
        ("'a'.b = 1", "'a'.b", "quotes around the whole of a value and no field, at character 1"),
        ("a = b!c!=d", "!=d", "a blank before this, at character 8"),
        ("a, b", ",", "a blank before this, at character 2"),
    ] {
        let fault = parse(text).unwrap_err();
        assert_eq!((fault.value.as_str(), fault.allowed.as_str()), (value, allowed), "{text}");
    }
}

#[test]
fn length_depth_and_terms_are_bounded() {
    let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(FILTER_DEPTH_MAX)).is_ok());
    assert!(parse(&nested(FILTER_DEPTH_MAX + 1)).is_err());
    assert!(parse(&"a = ( NOT (".repeat(FILTER_MAX_CHARACTERS / 11)).is_err());
    let terms = |count| vec!["a"; count].join(" OR ");
    assert!(parse(&terms(FILTER_TERMS_MAX)).is_ok());
    let fault = parse(&terms(FILTER_TERMS_MAX + 1)).unwrap_err();
    assert_eq!(fault.allowed, "at most 100 terms, at character 501");
    assert!(parse(&"é".repeat(FILTER_MAX_CHARACTERS)).is_ok());
    assert!(parse(&"é".repeat(FILTER_MAX_CHARACTERS + 1)).is_err());
}

/// The filter that reads as `expression`.
fn write(expression: &Expression) -> String {
    let inner = |part: &Expression| match part {
        Expression::All(_) | Expression::Any(_) => format!("({})", write(part)),
        part => write(part),
    };
    let join =
        |parts: &[Expression], by: &str| parts.iter().map(inner).collect::<Vec<_>>().join(by);
    match expression {
        Expression::All(parts) if parts.len() == 2 => join(parts, " "),
        Expression::All(parts) => join(parts, " AND "),
        Expression::Any(parts) => join(parts, " OR "),
        Expression::Not(part) if matches!(**part, Expression::Not(_)) => {
            format!("NOT ({})", write(part))
        }
        Expression::Not(part) => format!("-{}", inner(part)),
        Expression::Bare(literal) => write_literal(literal),
        Expression::Restriction(name, comparator, argument) => {
            let (sign, _) = Comparator::ALL.iter().find(|(_, each)| each == comparator).unwrap();
            let argument = match argument {
                Argument::Literal(literal) => write_literal(literal),
                Argument::Composite(part) => format!("({})", write(part)),
            };
            format!("{}{sign} {argument}", write_literal(name))
        }
    }
}

fn write_literal(literal: &Literal) -> String {
    if !literal.is_quoted {
        return literal.text.clone();
    }
    let mut written = "\"".to_owned();
    for (index, character) in literal.text.char_indices() {
        let is_plain_star = character == '*' && !literal.stars.contains(&index);
        let escape = if is_plain_star || "\"\\".contains(character) { "\\" } else { "" };
        write!(written, "{escape}{character}").unwrap();
    }
    written + "\""
}

fn literals() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "[a-z_*]{1,4}(\\.[a-z0-9]{1,2})?".prop_map(|text| literal(&text)),
        "(\\PC|[*\"'\\\\\n]){0,6}".prop_map(|text| quoted(&text)),
        "[*a]{1,3}".prop_map(|text| Literal { stars: Vec::new(), ..quoted(&text) }),
    ]
}

fn expressions() -> impl Strategy<Value = Expression> {
    let comparators = (0..Comparator::ALL.len()).prop_map(|index| Comparator::ALL[index].1);
    let leaves = prop_oneof![
        literals().prop_map(Expression::Bare),
        (literals(), comparators.clone(), literals()).prop_map(|(name, comparator, argument)| {
            Expression::Restriction(name, comparator, Argument::Literal(argument))
        }),
    ];
    leaves.prop_recursive(4, 30, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Any),
            inner.clone().prop_map(not),
            (literals(), comparators.clone(), inner).prop_map(|(name, comparator, argument)| {
                let argument = Argument::Composite(Box::new(argument));
                Expression::Restriction(name, comparator, argument)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn an_expression_is_read_as_it_was_written(expression in expressions()) {
        let text = write(&expression);
        prop_assume!(text.chars().count() <= FILTER_MAX_CHARACTERS);
        prop_assert_eq!(parse(&text), Ok(Some(expression)), "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(\\PC|\\s){0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_mixture_of_pieces_makes_the_parser_panic(
        pieces in prop::collection::vec("AND|OR|NOT|[ ().:,*'\"\\\\=<>!-]|[aé1]", 0..60),
    ) {
        let _ = parse(&pieces.concat());
    }
}
