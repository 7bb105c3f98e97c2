//! The language of what is written for people.

use std::env;

/// A language that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Indonesian.
    #[value(name = "id")]
    Indonesian,
    /// English.
    #[value(name = "en")]
    English,
}

/// What POSIX asks for the language of messages, the first that is set deciding.
const LOCALE_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

impl Language {
    /// The language of the environment's locale; English unless that is Indonesian.
    pub(crate) fn of_environment() -> Self {
        let locale = LOCALE_VARIABLES
            .into_iter()
            .filter_map(|variable| env::var(variable).ok())
            .find(|value| !value.is_empty());
        Self::of_locale(&locale.unwrap_or_default())
    }

    /// The language of a locale such as `id_ID.UTF-8`.
    fn of_locale(locale: &str) -> Self {
        match locale.split(['_', '.', '@']).next() {
            Some("id") => Self::Indonesian,
            _ => Self::English,
        }
    }

    /// The text of this language, of one in each.
    pub(crate) fn pick<T>(self, indonesian: T, english: T) -> T {
        match self {
            Self::Indonesian => indonesian,
            Self::English => english,
        }
    }

    /// A decimal as it is written in this language: `85.71` is `85,71` in Indonesian.
    ///
    /// For tables only. Codes such as `33.05` are no decimals.
    pub(crate) fn decimal(self, decimal: &str) -> String {
        self.pick(decimal.replace('.', ","), decimal.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_indonesian_by_its_language_alone() {
        for (locale, language) in [
            ("id_ID.UTF-8", Language::Indonesian),
            ("id", Language::Indonesian),
            ("en_ID.UTF-8", Language::English),
            ("ido_XX", Language::English),
            ("C", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
