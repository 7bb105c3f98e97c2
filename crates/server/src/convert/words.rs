//! Enumerations of the contract and of the domain.

use takar_domain::{
    fault::Fault,
    import,
    publication::Measure,
    robustness::Factor,
    scorecard::{Method, NullReason},
    vocabulary::{
        Aggregation, Component, Derivation, EvaluationState, EvidenceState, Level, Normalisation,
        ObservationStatus, Pillar, ProgramStatus, RegionChange, RegionKind, Role, Zone,
    },
};
use takar_proto::v1;

/// Maps an enumeration of the contract to the domain's words and back; its zero value is no word.
macro_rules! words {
    ($parse:ident, $render:ident, $wire:path, $word:ty { $($wire_variant:ident = $variant:ident,)+ }) => {
        pub(super) fn $parse(number: i32) -> Result<$word, Fault> {
            use $wire as Wire;
            let allowed = || [$(Wire::$wire_variant.as_str_name()),+].join(", ");
            match Wire::try_from(number) {
                $(Ok(Wire::$wire_variant) => Ok(<$word>::$variant),)+
                Ok(unspecified @ Wire::Unspecified) => {
                    Err(Fault::new(unspecified.as_str_name(), allowed()))
                }
                Err(_) => Err(Fault::new(number, allowed())),
            }
        }

        pub(super) const fn $render(word: $word) -> $wire {
            use $wire as Wire;
            match word {
                $(<$word>::$variant => Wire::$wire_variant,)+
            }
        }
    };
}

words!(parse_pillar, pillar, v1::Pillar, Pillar {
    Governance = Governance,
    Branding = Branding,
    Economy = Economy,
    Living = Living,
    Society = Society,
    Environment = Environment,
});

words!(parse_component, component, v1::Component, Component {
    Baseline = Baseline,
    Output = Output,
    Outcome = Outcome,
    Impact = Impact,
    QuickWin = QuickWin,
});

pub(super) const fn region_change(change: RegionChange) -> v1::region::Change {
    match change {
        RegionChange::Split => v1::region::Change::Split,
        RegionChange::Merge => v1::region::Change::Merge,
    }
}

words!(parse_import_kind, import_kind, v1::import::Kind, import::Kind {
    Programs = Programs,
    ProgramReports = ProgramReports,
    Tallies = Tallies,
    Scores = Scores,
});

words!(parse_atomicity, atomicity, v1::import::Atomicity, import::Atomicity {
    File = File,
    Region = Region,
});

pub(super) const fn import_state(state: import::State) -> v1::import::State {
    match state {
        import::State::Running => v1::import::State::Running,
        import::State::Succeeded => v1::import::State::Succeeded,
        import::State::Partial => v1::import::State::Partial,
        import::State::Refused => v1::import::State::Refused,
    }
}

words!(parse_region_kind, region_kind, v1::region::Kind, RegionKind {
    Province = Province,
    Kabupaten = Kabupaten,
    Kota = Kota,
});

words!(parse_zone, zone, v1::cycle::deadline::Zone, Zone {
    Wib = Wib,
    Wita = Wita,
    Wit = Wit,
});

words!(parse_derivation, derivation, v1::instrument::Derivation, Derivation {
    Direct = Direct,
    MeanOfPillars = MeanOfPillars,
    PooledRealisation = PooledRealisation,
    MeanRealisation = MeanRealisation,
});

words!(parse_normalisation, normalisation, v1::instrument::Normalisation, Normalisation {
    None = None,
    MinMax = MinMax,
    ZScore = ZScore,
    Goalposts = Goalposts,
    Borda = Borda,
});

words!(parse_aggregation, aggregation, v1::instrument::Aggregation, Aggregation {
    Arithmetic = Arithmetic,
    Geometric = Geometric,
    Harmonic = Harmonic,
    Copeland = Copeland,
});

words!(parse_factor, factor, v1::robustness::Factor, Factor {
    Weights = Weights,
    Rounding = Rounding,
    Aggregation = Aggregation,
});

words!(parse_status, status, v1::program_report::Status, ProgramStatus {
    Running = Running,
    Planned = Planned,
    Stopped = Stopped,
    NotDue = NotDue,
});

pub(super) const fn state(state: EvaluationState) -> v1::evaluation::State {
    match state {
        EvaluationState::Draft => v1::evaluation::State::Draft,
        EvaluationState::Submitted => v1::evaluation::State::Submitted,
        EvaluationState::InReview => v1::evaluation::State::InReview,
        EvaluationState::Returned => v1::evaluation::State::Returned,
        EvaluationState::Scored => v1::evaluation::State::Scored,
        EvaluationState::Objection => v1::evaluation::State::Objection,
        EvaluationState::Final => v1::evaluation::State::Final,
        EvaluationState::Published => v1::evaluation::State::Published,
        EvaluationState::Withdrawn => v1::evaluation::State::Withdrawn,
        EvaluationState::NotAssessable => v1::evaluation::State::NotAssessable,
    }
}

pub(super) const fn level(level: Level) -> v1::assessment::Level {
    match level {
        Level::SelfAssessed => v1::assessment::Level::SelfAssessed,
        Level::Desk => v1::assessment::Level::Desk,
    }
}

words!(parse_observation_status, observation_status, v1::ObservationStatus, ObservationStatus {
    Normal = Normal,
    Provisional = Provisional,
    Missing = Missing,
    NotCollected = NotCollected,
    Break = Break,
    Suppressed = Suppressed,
});

words!(parse_evidence_state, evidence_state, v1::evidence::State, EvidenceState {
    Submitted = Submitted,
    Verified = Verified,
    Rejected = Rejected,
});

words!(parse_role, role, v1::Role, Role {
    Public = Public,
    Operator = Operator,
    Assessor = Assessor,
    Secretariat = Secretariat,
    Integrator = Integrator,
    Administrator = Administrator,
});

pub(super) const fn method(method: Method) -> v1::figure::Method {
    match method {
        Method::Ratio => v1::figure::Method::Ratio,
        Method::Pooled => v1::figure::Method::Pooled,
        Method::MeanOfPillars => v1::figure::Method::MeanOfPillars,
        Method::WeightedMean => v1::figure::Method::WeightedMean,
        Method::Direct => v1::figure::Method::Direct,
        Method::ScaledRealisation => v1::figure::Method::ScaledRealisation,
        Method::Difference => v1::figure::Method::Difference,
        Method::Goalposts => v1::figure::Method::Goalposts,
        Method::WeightedGeometricMean => v1::figure::Method::WeightedGeometricMean,
        Method::WeightedHarmonicMean => v1::figure::Method::WeightedHarmonicMean,
        Method::Copeland => v1::figure::Method::Copeland,
    }
}

pub(super) const fn null_reason(reason: NullReason) -> v1::figure::NullReason {
    match reason {
        NullReason::NothingPlanned => v1::figure::NullReason::NothingPlanned,
        NullReason::NotReported => v1::figure::NullReason::NotReported,
        NullReason::NotScored => v1::figure::NullReason::NotScored,
        NullReason::InputMissing => v1::figure::NullReason::InputMissing,
        NullReason::NoEarlierIndex => v1::figure::NullReason::NoEarlierIndex,
        NullReason::NeedsPopulation => v1::figure::NullReason::NeedsPopulation,
        NullReason::NoSpread => v1::figure::NullReason::NoSpread,
        NullReason::NotPositive => v1::figure::NullReason::NotPositive,
    }
}

/// A measure of the contract is three fields; of the domain one.
pub(super) fn measure(
    measure: Measure,
) -> (v1::published_figure::Measure, v1::Pillar, v1::Component) {
    use v1::published_figure::Measure as Wire;
    let none = (v1::Pillar::Unspecified, v1::Component::Unspecified);
    let (wire, (pillar, component)) = match measure {
        Measure::Index => (Wire::Index, none),
        Measure::ComponentScore(name) => (Wire::ComponentScore, (none.0, component(name))),
        Measure::PillarScore(name) => (Wire::PillarScore, (pillar(name), none.1)),
        Measure::PillarRealisation(name) => (Wire::PillarRealisation, (pillar(name), none.1)),
        Measure::PooledRealisation => (Wire::PooledRealisation, none),
        Measure::MeanOfPillarsRealisation => (Wire::MeanOfPillarsRealisation, none),
        Measure::PreviousIndex => (Wire::PreviousIndex, none),
        Measure::Improvement => (Wire::Improvement, none),
        Measure::NationalRank => (Wire::NationalRank, none),
        Measure::ProvinceRank => (Wire::ProvinceRank, none),
    };
    (wire, pillar, component)
}

pub(super) fn parse_measure(measure: i32, pillar: i32, component: i32) -> Result<Measure, Fault> {
    use v1::published_figure::Measure as Wire;
    let unknown = |shown: String| {
        Fault::new(shown, "MEASURE_INDEX or another measure of the contract").at("measure")
    };
    let wire = Wire::try_from(measure).map_err(|_| unknown(measure.to_string()))?;
    let (takes_pillar, takes_component) = match wire {
        Wire::Unspecified => return Err(unknown(wire.as_str_name().to_owned())),
        Wire::ComponentScore => (false, true),
        Wire::PillarScore | Wire::PillarRealisation => (true, false),
        Wire::Index
        | Wire::PooledRealisation
        | Wire::MeanOfPillarsRealisation
        | Wire::PreviousIndex
        | Wire::Improvement
        | Wire::NationalRank
        | Wire::ProvinceRank => (false, false),
    };
    check_absent(takes_pillar, pillar, "pillar", wire)?;
    check_absent(takes_component, component, "component", wire)?;
    let pillar = || parse_pillar(pillar).map_err(|fault| fault.at("pillar"));
    let component = || parse_component(component).map_err(|fault| fault.at("component"));
    Ok(match wire {
        Wire::Unspecified => return Err(unknown(wire.as_str_name().to_owned())),
        Wire::Index => Measure::Index,
        Wire::ComponentScore => Measure::ComponentScore(component()?),
        Wire::PillarScore => Measure::PillarScore(pillar()?),
        Wire::PillarRealisation => Measure::PillarRealisation(pillar()?),
        Wire::PooledRealisation => Measure::PooledRealisation,
        Wire::MeanOfPillarsRealisation => Measure::MeanOfPillarsRealisation,
        Wire::PreviousIndex => Measure::PreviousIndex,
        Wire::Improvement => Measure::Improvement,
        Wire::NationalRank => Measure::NationalRank,
        Wire::ProvinceRank => Measure::ProvinceRank,
    })
}

fn check_absent(
    is_taken: bool,
    number: i32,
    field: &str,
    measure: v1::published_figure::Measure,
) -> Result<(), Fault> {
    if is_taken || number == 0 {
        return Ok(());
    }
    Err(Fault::new(number, format!("none: {} has no {field}", measure.as_str_name())).at(field))
}
