//! Etags: what a state of a resource is known by, so that no change overwrites another unseen.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use takar_proto::v1;

use crate::error::Error;

/// What stands for any state.
const ANY: &str = "*";

/// How many bytes of the hash an etag has: no two states of a resource meet by chance.
const ETAG_BYTES: usize = 15;

/// A resource of the contract.
pub(crate) trait Named: prost::Message + Default + Clone {
    /// The full name of the message.
    const MESSAGE: &'static str;

    /// Its resource name.
    fn name(&self) -> &str;
}

/// A resource with an etag.
pub(crate) trait Tagged: Named {
    /// Its etag.
    fn etag(&self) -> &str;

    /// Its etag, to be set.
    fn etag_mut(&mut self) -> &mut String;
}

macro_rules! named {
    ($($message:ident),+ $(,)?) => {
        $(impl Named for v1::$message {
            const MESSAGE: &'static str = concat!("takar.evaluation.v1.", stringify!($message));

            fn name(&self) -> &str {
                &self.name
            }
        })+
    };
}

macro_rules! tagged {
    ($($message:ident),+ $(,)?) => {
        named!($($message),+);

        $(impl Tagged for v1::$message {
            fn etag(&self) -> &str {
                &self.etag
            }

            fn etag_mut(&mut self) -> &mut String {
                &mut self.etag
            }
        })+
    };
}

named!(ApiKey, Import);
tagged!(Region, Cohort, Instrument, Cycle, Program, Evaluation, Evidence);

/// The resource with its etag, a hash of all that it shows: the same for all who see the same, and
/// another after any change of what is shown.
pub(crate) fn tag<R: Tagged>(mut resource: R) -> R {
    resource.etag_mut().clear();
    let hash = Sha256::digest(resource.encode_to_vec());
    *resource.etag_mut() = URL_SAFE_NO_PAD.encode(&hash[..ETAG_BYTES]);
    resource
}

/// Checks that a change was made knowing this state of the resource.
///
/// # Errors
/// [`Error::EtagRequired`] and [`Error::EtagMismatch`].
pub(crate) fn check<R: Tagged>(given: &str, current: &R) -> Result<(), Error> {
    match given {
        "" => Err(Error::EtagRequired(current.name().to_owned())),
        given if given == ANY || given == current.etag() => Ok(()),
        _ => Err(Error::EtagMismatch(current.name().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_follows_from_what_is_shown() {
        let region = v1::Region { name: "regions/33".to_owned(), ..v1::Region::default() };
        let tagged = tag(region.clone());
        assert_eq!(tag(tagged.clone()).etag, tagged.etag);
        assert_eq!(tagged.etag.len(), 20);
        let renamed = v1::Region { display_name: "Jawa Tengah".to_owned(), ..region };
        assert_ne!(tag(renamed).etag, tagged.etag);
    }

    #[test]
    fn a_change_names_the_state_that_it_knows() {
        let region = tag(v1::Region { name: "regions/33".to_owned(), ..v1::Region::default() });
        assert!(check(&region.etag, &region).is_ok());
        assert!(check("*", &region).is_ok());
        assert!(matches!(check("", &region), Err(Error::EtagRequired(_))));
        assert!(matches!(check("other", &region), Err(Error::EtagMismatch(_))));
    }
}
