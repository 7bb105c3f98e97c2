use super::*;

#[test]
fn a_credential_is_refused_with_its_reason_and_the_provider_blamed_for_its_own() {
    for (error, code, reason) in [
        (IdentityError::Expired, Code::Unauthenticated, "CREDENTIAL_EXPIRED"),
        (IdentityError::ProviderUnavailable, Code::Unavailable, "IDENTITY_PROVIDER_UNAVAILABLE"),
    ] {
        let words = error.to_string();
        let status = Status::from(Error::from(error));
        assert_eq!((status.code(), status.message()), (code, words.as_str()));
        let info = status.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason, ERROR_DOMAIN));
    }
}
