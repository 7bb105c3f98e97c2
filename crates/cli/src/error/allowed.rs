//! What is allowed in a cell, in Indonesian: the server says it in English.

/// Phrases of the server's, each with its Indonesian, the longer ones first. What they hold of words,
/// codes and numbers stays.
const PHRASES: [(&str, &str); 66] = [
    ("a Kemendagri code with its dots, such as ", "kode Kemendagri dengan titiknya, misalnya "),
    ("the code of a registered region", "kode daerah yang terdaftar"),
    (", the region that is imported for", ", daerah yang diimpor"),
    (
        " characters of a-z, 0-9 and -, with a letter or digit at both ends",
        " karakter a-z, 0-9 dan -, dengan huruf atau angka di kedua ujungnya",
    ),
    (
        " characters, without control characters or blanks at the ends",
        " karakter, tanpa karakter kendali atau spasi di ujungnya",
    ),
    ("TRUE, FALSE, YA, TIDAK or an empty cell", "TRUE, FALSE, YA, TIDAK atau sel kosong"),
    ("a whole number", "bilangan bulat"),
    ("a decimal with a point in place of the comma", "desimal dengan titik, bukan koma"),
    (
        "a decimal such as 3.60, with at most 6 decimals, within a million",
        "desimal seperti 3.60, paling banyak 6 angka di belakang titik, tidak lebih dari sejuta",
    ),
    ("an amount of rupiah such as ", "jumlah rupiah seperti "),
    (" in place of ", ", bukan "),
    ("weights that are exactly 100 together", "bobot yang berjumlah tepat 100"),
    ("a time not later than now, by the server's clock", "waktu yang tidak lewat dari jam server"),
    ("nothing beside a cohort", "kosong bila ada kelompok"),
    ("a province, such as ", "provinsi, misalnya "),
    (
        "arithmetic, geometric or harmonic",
        "hitung (arithmetic), geometrik (geometric) atau harmonik (harmonic)",
    ),
    (": the components of ", ": aspek pedoman "),
    (", with at most ", ", paling banyak "),
    (" digits and ", " angka dan "),
    (" decimals", " angka di belakang titik"),
    (", the instrument's scale", ", skala pedoman"),
    ("a year from ", "tahun "),
    (", or 0 for none", ", atau 0 bila tidak ada"),
    (", or 0 for ", ", atau 0 untuk "),
    ("first_year, which is ", "first_year, yaitu "),
    (", or later", ", atau sesudahnya"),
    ("0 to planned, which is ", "0 sampai planned, yaitu "),
    ("each once; row ", "masing-masing sekali; baris "),
    (" has it too", " juga memuatnya"),
    ("each column once", "setiap kolom sekali"),
    ("each once", "masing-masing sekali"),
    ("the columns ", "kolom-kolom "),
    ("the column ", "kolom "),
    (
        "nothing beyond the columns that the first row names",
        "tidak ada isi di luar kolom baris pertama",
    ),
    (
        "an empty cell beside a pillar: a score is of one of the two",
        "sel kosong di samping dimensi: nilai hanya untuk salah satunya",
    ),
    ("a pillar or a component", "dimensi atau aspek"),
    (", which ", ", yang menurut "),
    (" has scored directly", " dinilai langsung"),
    ("no component: ", "tidak ada aspek: "),
    (" derives all of them", " menurunkan semuanya"),
    ("a registered programme of ", "program terdaftar dari "),
    (", as an evaluation has a report on the programme", ", karena ada laporan atas program itu"),
    ("no report, as the ", "tidak ada laporan, karena dimensi "),
    ("no tally, as the ", "tidak ada rekapitulasi, karena dimensi "),
    (" pillar is counted from a tally", " dihitung dari rekapitulasi"),
    (" pillar is counted from programmes", " dihitung dari program"),
    ("a region whose evaluation is in state ", "daerah yang evaluasinya dalam keadaan "),
    ("; it is in state ", "; sekarang "),
    (
        "a region that has an evaluation in the cycle",
        "daerah yang sudah punya evaluasi di siklus itu",
    ),
    ("a region that has not ended by a merger", "daerah yang tidak digabung ke daerah lain"),
    ("a region that the cycle evaluates", "daerah yang dievaluasi siklus itu"),
    ("a kabupaten or kota, not a province", "kabupaten atau kota, bukan provinsi"),
    ("a cycle that is open; ", "siklus yang sudah dibuka; "),
    ("it opens at ", "dibuka "),
    ("; it is ", "; sekarang "),
    (" now, by the server's clock", " menurut jam server"),
    ("a programme is a quick win in at most ", "satu program menjadi quick win paling banyak di "),
    (" cycles; ", " siklus; "),
    (" would be in ", " akan ada di "),
    ("text in UTF-8; a spreadsheet saves it as CSV UTF-8", "teks UTF-8; simpan sebagai CSV UTF-8"),
    ("a number that is not formatted as a percentage", "bilangan yang tidak berformat persen"),
    ("a text or a number, not a date", "teks atau bilangan, bukan tanggal"),
    ("a value, not an error", "nilai, bukan galat"),
    (" to ", " sampai "),
    (" or ", " atau "),
    (" and ", " dan "),
];

/// What is allowed, in Indonesian.
pub(crate) fn in_indonesian(allowed: &str) -> String {
    let translate =
        |text: String, (english, indonesian): &(&str, &str)| text.replace(english, indonesian);
    PHRASES.iter().fold(allowed.to_owned(), translate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_allows_is_said_in_indonesian() {
        for (english, indonesian) in [
            ("0 to planned, which is 7", "0 sampai planned, yaitu 7"),
            ("0 to 4, the instrument's scale", "0 sampai 4, skala pedoman"),
            ("running, planned, stopped or not_due", "running, planned, stopped atau not_due"),
            (
                "1 to 200 characters, without control characters or blanks at the ends",
                "1 sampai 200 karakter, tanpa karakter kendali atau spasi di ujungnya",
            ),
            ("100 to 100000, or 0 for 1000", "100 sampai 100000, atau 0 untuk 1000"),
            ("weights that are exactly 100 together", "bobot yang berjumlah tepat 100"),
            (
                "a time not later than now, by the server's clock",
                "waktu yang tidak lewat dari jam server",
            ),
            ("each once; row 7 has it too", "masing-masing sekali; baris 7 juga memuatnya"),
            (
                "a year from 1990 to 2100, or 0 for none",
                "tahun 1990 sampai 2100, atau 0 bila tidak ada",
            ),
            ("a registered programme of regions/33.05", "program terdaftar dari regions/33.05"),
        ] {
            assert_eq!(in_indonesian(english), indonesian);
        }
    }
}
