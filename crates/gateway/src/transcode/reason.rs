//! The reasons of errors that the gateway itself finds, each with a sentence in Indonesian for
//! clients that prefer it. The detail in English says more, as it names what is wrong.

macro_rules! reasons {
    ($($name:ident: $indonesian:literal,)+) => {
        $(pub(crate) const $name: &str = stringify!($name);)+

        /// The sentence for a reason, if it is one of the gateway's.
        pub(crate) fn indonesian(reason: &str) -> Option<&'static str> {
            match reason {
                $($name => Some($indonesian),)+
                _ => None,
            }
        }
    };
}

reasons! {
    ROUTE_NOT_FOUND: "Tidak ada sumber daya dengan alamat ini.",
    METHOD_NOT_ALLOWED: "Metode HTTP ini tidak diizinkan untuk alamat ini.",
    NOT_ACCEPTABLE: "Jawaban tidak tersedia dalam bentuk yang diminta.",
    UNSUPPORTED_MEDIA_TYPE: "Jenis isi permintaan ini tidak didukung.",
    RATE_LIMITED: "Terlalu banyak permintaan; coba lagi nanti.",
    OVERLOADED: "Layanan sedang terlalu sibuk; coba lagi nanti.",
    HEADERS_TOO_LARGE: "Header permintaan terlalu besar.",
    BODY_TOO_SLOW: "Isi permintaan datang terlalu lambat.",
    BODY_TOO_LARGE: "Isi permintaan terlalu besar.",
    BODY_NOT_ALLOWED: "Permintaan ini tidak boleh mempunyai isi.",
    BODY_INCOMPLETE: "Isi permintaan terputus sebelum lengkap.",
    URL_TOO_LONG: "Alamat permintaan terlalu panjang.",
    MALFORMED_PATH: "Alamat permintaan tidak dapat dibaca.",
    MALFORMED_QUERY: "Ada parameter yang tidak dapat dibaca.",
    MALFORMED_JSON: "Isi permintaan bukan JSON yang benar.",
    JSON_TOO_DEEP: "JSON bersarang terlalu dalam.",
    UNKNOWN_FIELD: "Ada isian yang tidak dikenal.",
    DUPLICATE_FIELD: "Ada isian yang diberikan dua kali.",
    INVALID_VALUE: "Ada isian yang nilainya tidak sesuai.",
    CONFLICTING_VALUE: "Ada nilai yang saling bertentangan.",
    UNKNOWN_PARAMETER: "Ada parameter yang tidak dikenal.",
    REPEATED_PARAMETER: "Ada parameter yang diberikan dua kali.",
    INVALID_PARAMETER: "Ada parameter yang nilainya tidak sesuai.",
    INVALID_HEADER: "Ada header yang isinya tidak sesuai.",
    UNSUPPORTED_HEADER: "Ada header yang tidak dapat dipenuhi oleh metode ini.",
    ETAG_MISMATCH: "Data sudah berubah sejak dibaca; bacalah lagi sebelum mengubahnya.",
    STREAM_IDLE: "Tidak ada kabar terlalu lama; sambungkan lagi.",
    GATEWAY_STOPPING: "Layanan ini sedang dihentikan; sambungkan lagi.",
    NOT_KEPT: "Tidak ada jawaban tersimpan yang dapat diberikan.",
    UPSTREAM_UNAVAILABLE: "Layanan tidak dapat dihubungi sekarang; coba lagi nanti.",
    UPSTREAM_NOT_READY: "Layanan belum siap.",
    UPSTREAM_TIMEOUT: "Layanan tidak menjawab pada waktunya.",
    UPSTREAM_ANSWER_INVALID: "Jawaban layanan tidak dapat ditampilkan.",
}
