//! The life of an evaluation: assessments, assignments, objections and steps.

use takar_domain::{
    assessment::{Assessment, Item, Spread},
    fault::{Fault, Faults},
    life::{
        Assignment, COMMENTS_MAX, Comment, Conflict, Extension, Objection, ObjectionAnswer,
        Transition,
    },
    name::parse_required_text,
};
use takar_proto::v1::{self, item::Item as WireItem};

use super::{check_count, each, timestamp, words};

pub(super) fn item(item: Item) -> v1::Item {
    v1::Item {
        item: Some(match item {
            Item::Pillar(pillar) => WireItem::Pillar(words::pillar(pillar).into()),
            Item::Component(component) => WireItem::Component(words::component(component).into()),
        }),
    }
}

pub(super) fn parse_item(item: v1::Item) -> Result<Item, Fault> {
    match item.item {
        Some(WireItem::Pillar(pillar)) => {
            words::parse_pillar(pillar).map(Item::Pillar).map_err(|fault| fault.at("pillar"))
        }
        Some(WireItem::Component(component)) => words::parse_component(component)
            .map(Item::Component)
            .map_err(|fault| fault.at("component")),
        None => Err(Fault::new("", "a pillar or a component")),
    }
}

pub(super) fn assessment(assessment: Assessment) -> v1::Assessment {
    let Assessment { item: scored, level, answer, principal, record_time } = assessment;
    v1::Assessment {
        item: Some(item(scored)),
        score: answer.score().map(|score| score.to_string()).unwrap_or_default(),
        status: words::observation_status(answer.status()).into(),
        source: answer.source().to_owned(),
        level: words::level(level).into(),
        principal: principal.to_string(),
        record_time: Some(timestamp(record_time)),
    }
}

pub(super) fn spread(spread: Spread) -> v1::Spread {
    let Spread { item: scored, assessors, minimum, maximum } = spread;
    v1::Spread {
        item: Some(item(scored)),
        assessors: i32::try_from(assessors).unwrap_or(i32::MAX),
        minimum: minimum.to_string(),
        maximum: maximum.to_string(),
        spread: (maximum - minimum).to_string(),
    }
}

pub(super) fn assignment(assignment: Assignment) -> v1::Assignment {
    let Assignment { principal, display_name, assign_time, conflict } = assignment;
    let (conflict, conflict_time) = match conflict {
        Some(Conflict { text, declare_time }) => (text, Some(timestamp(declare_time))),
        None => (String::new(), None),
    };
    v1::Assignment {
        principal: principal.to_string(),
        display_name,
        assign_time: Some(timestamp(assign_time)),
        conflict,
        conflict_time,
    }
}

pub(super) fn objection(objection: Objection) -> v1::Objection {
    let Objection { comments, principal, object_time, answer } = objection;
    let mut wire = v1::Objection {
        comments: comments.into_iter().map(comment).collect(),
        principal: principal.to_string(),
        object_time: Some(timestamp(object_time)),
        ..v1::Objection::default()
    };
    if let Some(ObjectionAnswer { text, upheld, principal, answer_time }) = answer {
        wire.answer = text;
        wire.upheld = Some(upheld);
        wire.answer_principal = principal.to_string();
        wire.answer_time = Some(timestamp(answer_time));
    }
    wire
}

pub(super) fn extension(extension: Extension) -> v1::Extension {
    let Extension { deadline_time, reason, principal, record_time } = extension;
    v1::Extension {
        deadline_time: Some(timestamp(deadline_time)),
        reason,
        principal: principal.to_string(),
        record_time: Some(timestamp(record_time)),
    }
}

pub(super) fn transition(transition: Transition) -> v1::Transition {
    let Transition { from, to, principal, role, time, reason, comments } = transition;
    v1::Transition {
        from_state: words::state(from).into(),
        to_state: words::state(to).into(),
        principal: principal.to_string(),
        role: words::role(role).into(),
        transition_time: Some(timestamp(time)),
        reason,
        comments: comments.into_iter().map(comment).collect(),
    }
}

fn comment(comment: Comment) -> v1::Comment {
    let Comment { item: of, text } = comment;
    v1::Comment { item: of.map(item), text }
}

/// Remarks, at least one.
pub(super) fn parse_comments(comments: Vec<v1::Comment>) -> Result<Vec<Comment>, Faults> {
    let mut faults = Faults::none();
    check_count(&mut faults, "comments", comments.len(), 1, COMMENTS_MAX);
    let parse = |comment| {
        let v1::Comment { item, text } = comment;
        let mut faults = Faults::none();
        let item = faults.keep("item", item.map(parse_item).transpose());
        let text = faults.keep("text", parse_required_text(&text));
        faults.into_result(item.zip(text).map(|(item, text)| Comment { item, text }))
    };
    let comments = each(&mut faults, "comments", comments, parse);
    faults.into_result(comments)
}
