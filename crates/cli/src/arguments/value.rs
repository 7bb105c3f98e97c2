//! Values of options that are more than a word.

use std::time::{Duration, SystemTime};

use prost_types::Timestamp;
use takar_proto::v1::{self, item};

use crate::contract;

/// What is scored, with its score: `governance=3.5`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scored {
    pub(crate) item: item::Item,
    pub(crate) score: String,
}

/// Reads `governance=9/9`: programmes running and planned.
pub(super) fn tally(text: &str) -> Result<v1::Tally, String> {
    let wrong = || "a pillar with its counts such as governance=9/9 is needed".to_owned();
    let (pillar, counts) = text.split_once('=').ok_or_else(wrong)?;
    let (running, planned) = counts.split_once('/').ok_or_else(wrong)?;
    let count = |text: &str| text.trim().parse().map_err(|_| wrong());
    Ok(v1::Tally {
        pillar: word("Pillar", pillar).ok_or_else(|| one_of(pillar, &["Pillar"]))?,
        running: count(running)?,
        planned: count(planned)?,
        ..v1::Tally::default()
    })
}

/// Reads `governance=3.5` or `baseline=3.60`.
pub(super) fn scored(text: &str) -> Result<Scored, String> {
    let (word, score) = text
        .split_once('=')
        .filter(|(_, score)| contract::is_unsigned_decimal(score))
        .ok_or("a pillar or component with its score such as governance=3.5 is needed")?;
    let item = item(word).ok_or_else(|| one_of(word, &["Pillar", "Component"]))?;
    Ok(Scored { item, score: score.to_owned() })
}

/// Reads `governance: a remark`, or a remark on the whole.
pub(super) fn comment(text: &str) -> Result<v1::Comment, String> {
    let of_item = text.split_once(':').and_then(|(word, text)| Some((item(word)?, text)));
    let (item, text) = match of_item {
        Some((item, text)) => (Some(v1::Item { item: Some(item) }), text),
        None => (None, text),
    };
    let text = text.trim();
    if text.is_empty() {
        return Err("a remark is needed, such as \"governance: no evidence\"".to_owned());
    }
    Ok(v1::Comment { item, text: text.to_owned() })
}

/// Reads a time of RFC 3339.
pub(super) fn time(text: &str) -> Result<Timestamp, &'static str> {
    let wrong = "a time with its zone such as 2026-12-31T23:59:59+07:00 is needed";
    // The parser takes a time without a zone for one in UTC, which nobody here would mean.
    let clock = text.split_once(['T', 't', ' ']).ok_or(wrong)?.1;
    if !clock.contains(['Z', 'z', '+', '-']) {
        return Err(wrong);
    }
    text.parse().map_err(|_| wrong)
}

/// Reads when something ends: a time of RFC 3339, or how many days from now, `90d`.
pub(super) fn end(text: &str) -> Result<Timestamp, &'static str> {
    let Some(days) = text.strip_suffix('d') else {
        return time(text).map_err(
            |_| "a time such as 2026-12-31T23:59:59+07:00, or days such as 90d, is needed",
        );
    };
    let days: u32 = days.parse().map_err(|_| "a number of days such as 90d is needed")?;
    let end = SystemTime::now() + Duration::from_hours(24 * u64::from(days));
    Ok(end.into())
}

/// Reads `secretariat`, `operator=33.05,33.06` or `integrator=*`.
pub(super) fn grant(text: &str) -> Result<v1::api_key::Grant, String> {
    let (role, regions) = text.split_once('=').unwrap_or((text, ""));
    let role = word("Role", role).ok_or_else(|| one_of(role, &["Role"]))?;
    let region = |code: &str| match code {
        "*" => "regions/-".to_owned(),
        code => format!("regions/{code}"),
    };
    let regions = regions.split(',').map(str::trim).filter(|code| !code.is_empty());
    Ok(v1::api_key::Grant { role, regions: regions.map(region).collect() })
}

/// Reads a head of the audit trail, `SEQUENCE:HASH`.
pub(super) fn head(text: &str) -> Result<(i64, String), &'static str> {
    let wrong = "a head as `takar audit verify` prints it is needed, SEQUENCE:HASH";
    let (sequence, hash) = text.split_once(':').ok_or(wrong)?;
    let sequence = sequence.parse().map_err(|_| wrong)?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok((sequence, hash.to_ascii_lowercase())) } else { Err(wrong) }
}

/// Reads the state of an evaluation, `IN_REVIEW` or `in-review`.
pub(super) fn state(text: &str) -> Result<i32, String> {
    word("Evaluation.State", text).ok_or_else(|| one_of(text, &["Evaluation.State"]))
}

/// Reads `living=16`: how many places a pillar has.
pub(super) fn places(text: &str) -> Result<(v1::Pillar, i32), String> {
    let wrong = || "a pillar with its places such as living=16 is needed".to_owned();
    let (word, places) = text.split_once('=').ok_or_else(wrong)?;
    let pillar = pillar(word).ok_or_else(|| one_of(word, &["Pillar"]))?;
    Ok((pillar, places.trim().parse().map_err(|_| wrong())?))
}

/// The lower and the upper goalpost.
pub(crate) type Posts = (String, String);

/// Reads `impact=30`: a component with its weight.
pub(super) fn weight(text: &str) -> Result<(v1::Component, String), String> {
    let (word, weight) = text
        .split_once('=')
        .filter(|(_, weight)| contract::is_unsigned_decimal(weight))
        .ok_or("a component with its weight such as impact=30 is needed")?;
    let component = component(word).ok_or_else(|| one_of(word, &["Component"]))?;
    Ok((component, weight.to_owned()))
}

/// Reads `output=1..4`: a component with its goalposts.
pub(super) fn goalposts(text: &str) -> Result<(v1::Component, Posts), String> {
    let wrong = || "a component with its goalposts such as output=1..4 is needed".to_owned();
    let (word, posts) = text.split_once('=').ok_or_else(wrong)?;
    let (lower, upper) = posts.split_once("..").ok_or_else(wrong)?;
    let component = component(word).ok_or_else(|| one_of(word, &["Component"]))?;
    let is_decimal =
        |post: &str| contract::is_unsigned_decimal(post.strip_prefix('-').unwrap_or(post));
    if !is_decimal(lower) || !is_decimal(upper) {
        return Err(wrong());
    }
    Ok((component, (lower.to_owned(), upper.to_owned())))
}

/// Reads `min-max` or another normalisation.
pub(super) fn normalisation(text: &str) -> Result<i32, String> {
    of_enumeration("Instrument.Normalisation", text)
}

/// Reads `geometric` or another aggregation.
pub(super) fn aggregation(text: &str) -> Result<i32, String> {
    of_enumeration("Instrument.Aggregation", text)
}

/// Reads `weights` or another factor.
pub(super) fn factor(text: &str) -> Result<i32, String> {
    of_enumeration("Robustness.Factor", text)
}

fn of_enumeration(enumeration: &str, text: &str) -> Result<i32, String> {
    word(enumeration, text).ok_or_else(|| one_of(text, &[enumeration]))
}

/// The pillar of a word.
pub(super) fn pillar(text: &str) -> Option<v1::Pillar> {
    word("Pillar", text).and_then(|number| number.try_into().ok())
}

/// The component of a word.
pub(super) fn component(text: &str) -> Option<v1::Component> {
    word("Component", text).and_then(|number| number.try_into().ok())
}

fn item(text: &str) -> Option<item::Item> {
    let pillar = word("Pillar", text).map(item::Item::Pillar);
    pillar.or_else(|| word("Component", text).map(item::Item::Component))
}

/// The number of a word of an enumeration, in whatever case, with `-` or `_`.
fn word(enumeration: &str, text: &str) -> Option<i32> {
    let wanted = text.trim().to_ascii_uppercase().replace('-', "_");
    let words = contract::words(enumeration).into_iter();
    words.filter(|(word, _)| *word == wanted).map(|(_, number)| number).next()
}

fn one_of(given: &str, enumerations: &[&str]) -> String {
    let words = enumerations.iter().flat_map(|enumeration| contract::words(enumeration));
    let words: Vec<_> =
        words.map(|(word, _)| word.to_ascii_lowercase().replace('_', "-")).collect();
    format!("{given:?} is none of {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use takar_proto::v1::{Component, Pillar, Role};

    use super::*;

    #[test]
    fn counts_and_scores_name_their_item_in_any_case() {
        let tally = tally("Governance=9/10").expect("it is a tally");
        assert_eq!((tally.pillar, tally.running, tally.planned), (1, 9, 10));
        let scored = scored("quick-win=3.60").expect("it is a score");
        assert_eq!(scored.item, item::Item::Component(Component::QuickWin.into()));
        assert_eq!(scored.score, "3.60");
        for wrong in ["governance", "governance=", "governance=9", "x=9/9", "governance=a/b"] {
            assert!(super::tally(wrong).is_err(), "{wrong}");
        }
        for wrong in ["governance", "governance=x", "x=1", "governance=-1"] {
            assert!(super::scored(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn weights_and_goalposts_are_of_components() {
        assert_eq!(weight("quick-win=10"), Ok((Component::QuickWin, "10".to_owned())));
        let posts = ("-1".to_owned(), "4.5".to_owned());
        assert_eq!(goalposts("Output=-1..4.5"), Ok((Component::Output, posts)));
        for wrong in ["impact", "impact=", "impact=-1", "governance=10"] {
            assert!(weight(wrong).is_err(), "{wrong}");
        }
        for wrong in ["output=1", "output=1..", "output=a..b", "living=1..2"] {
            assert!(goalposts(wrong).is_err(), "{wrong}");
        }
        assert_eq!((normalisation("z-score"), aggregation("Copeland")), (Ok(3), Ok(4)));
        assert!(factor("seed").unwrap_err().contains("weights, rounding, aggregation"));
    }

    #[test]
    fn a_remark_is_on_the_item_before_its_colon_or_on_the_whole() {
        let on_item = comment("governance: no evidence").expect("it is a remark");
        let item = item::Item::Pillar(Pillar::Governance.into());
        assert_eq!(
            (on_item.item, on_item.text.as_str()),
            (Some(v1::Item { item: Some(item) }), "no evidence")
        );
        let on_whole = comment("note: see the letter").expect("it is a remark");
        assert_eq!((on_whole.item, on_whole.text.as_str()), (None, "note: see the letter"));
        assert!(comment("governance: ").is_err());
    }

    #[test]
    fn a_time_has_a_zone() {
        assert_eq!(time("1970-01-01T07:00:01+07:00").map(|time| time.seconds), Ok(1));
        for wrong in ["2026-12-31", "2026-12-31T00:00:00", "tomorrow", "90"] {
            assert!(time(wrong).is_err() && end(wrong).is_err(), "{wrong}");
        }
        assert!(end("90d").is_ok_and(|end| end.seconds > 90 * 86_400));
    }

    #[test]
    fn a_grant_is_a_role_with_its_regions() {
        let of = |text| grant(text).map(|grant| (grant.role(), grant.regions.join(" ")));
        assert_eq!(of("secretariat"), Ok((Role::Secretariat, String::new())));
        assert_eq!(
            of("operator=33.05,33.06"),
            Ok((Role::Operator, "regions/33.05 regions/33.06".to_owned()))
        );
        assert_eq!(of("integrator=*"), Ok((Role::Integrator, "regions/-".to_owned())));
        assert!(of("king").is_err());
    }
}
