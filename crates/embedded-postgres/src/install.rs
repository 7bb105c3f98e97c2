//! The command that installs Postgres on this system.

use std::fs;

/// How systems name themselves, best known place first.
const RELEASE_FILES: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// The command that installs Postgres here, of a certain major version if one is needed.
pub(crate) fn command(major: Option<u32>) -> String {
    if cfg!(target_os = "macos") {
        return format!("brew install {}", versioned("postgresql@", major.or(Some(18))));
    }
    let release = RELEASE_FILES.iter().find_map(|file| fs::read_to_string(file).ok());
    for_release(&release.unwrap_or_default(), major)
}

/// The command for the system that `release`, the text of an os-release file, describes.
fn for_release(release: &str, major: Option<u32>) -> String {
    // ID names the system itself, ID_LIKE the families it descends from, closest first.
    let names = ["ID=", "ID_LIKE="].into_iter().flat_map(|key| {
        let line = release.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap_or_default().trim_matches(['"', '\'']).split(' ')
    });
    for name in names {
        let package = match name {
            "debian" | "ubuntu" => format!("apt-get install {}", versioned("postgresql-", major)),
            // Their packages carry the version in a module or in another repository.
            "fedora" | "rhel" | "centos" => "dnf install postgresql-server".to_owned(),
            "alpine" => format!("apk add {}", versioned("postgresql", major.or(Some(17)))),
            "arch" => "pacman -S postgresql".to_owned(),
            "suse" | "opensuse" => {
                format!("zypper install {}-server", versioned("postgresql", major))
            }
            _ => continue,
        };
        let sudo = if rustix::process::geteuid().is_root() { "" } else { "sudo " };
        return format!("{sudo}{package}");
    }
    // An unknown system: the page that has the command for each.
    "see https://www.postgresql.org/download/".to_owned()
}

/// A package's name with the major version, or the plain one where any will do.
fn versioned(package: &str, major: Option<u32>) -> String {
    match major {
        Some(major) => format!("{package}{major}"),
        None => package.trim_end_matches(['-', '@']).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::for_release;

    #[test]
    fn each_family_gets_its_own_command() {
        let command = |release, major| for_release(release, major).replace("sudo ", "");
        assert_eq!(command("NAME=x\nID=debian\n", None), "apt-get install postgresql");
        assert_eq!(command("ID=ubuntu", Some(16)), "apt-get install postgresql-16");
        assert_eq!(
            command("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", None),
            "dnf install postgresql-server"
        );
        assert_eq!(command("ID=alpine", None), "apk add postgresql17");
        assert_eq!(command("ID=manjaro\nID_LIKE=arch", None), "pacman -S postgresql");
        assert_eq!(command("", None), "see https://www.postgresql.org/download/");
    }
}
