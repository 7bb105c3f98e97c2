//! The operating system's user that Postgres runs as.

use std::{
    fs::{self, File},
    io,
    os::unix::{fs as unix_fs, fs::MetadataExt, process::CommandExt},
    path::Path,
    process::Command,
};

use crate::Error;

/// Whom root hands Postgres to, best first: the user a package made for it, else the user
/// without rights that every system has.
const USERS_FOR_ROOT: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// The operating system's list of users.
const USER_LIST: &str = "/etc/passwd";

/// The user that Postgres runs as.
///
/// Postgres refuses to run as root, because whoever breaks into it could then do anything.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    switch_to: Option<(u32, u32)>,
    name: String,
}

impl Account {
    /// The account for a cluster: ourselves, or as root the owner of an existing `cluster`
    /// (only its owner may open it), else one of [`USERS_FOR_ROOT`].
    pub(crate) fn for_cluster(cluster: &Path) -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { switch_to: None, name: "the current user".to_owned() });
        }
        if let Ok(metadata) = fs::symlink_metadata(cluster)
            && metadata.uid() != 0
        {
            return Ok(Self {
                switch_to: Some((metadata.uid(), metadata.gid())),
                name: format!("the user with id {}", metadata.uid()),
            });
        }
        let users = fs::read_to_string(USER_LIST).unwrap_or_default();
        USERS_FOR_ROOT
            .iter()
            .find_map(|name| {
                Some(Self {
                    switch_to: Some(find_user(&users, name)?),
                    name: format!("the user {name}"),
                })
            })
            .ok_or(Error::NoAccount)
    }

    /// How an error message calls the account.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the account is another than the one this process runs as.
    pub(crate) fn is_other(&self) -> bool {
        self.switch_to.is_some()
    }

    /// The numeric id of the account's user.
    pub(crate) fn uid(&self) -> u32 {
        self.switch_to.map_or_else(|| rustix::process::geteuid().as_raw(), |(uid, _)| uid)
    }

    /// Makes `command` run as this account.
    ///
    /// The standard library clears root's supplementary groups when it sets the user.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Some((uid, gid)) = self.switch_to {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives a directory that we just made to this account.
    pub(crate) fn take_directory(&self, directory: &Path) -> io::Result<()> {
        match self.switch_to {
            // Not through a link: its target could be anybody's.
            Some((uid, gid)) => unix_fs::lchown(directory, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// Gives an open file to this account.
    pub(crate) fn take_file(&self, file: &File) -> io::Result<()> {
        match self.switch_to {
            Some((uid, gid)) => unix_fs::fchown(file, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }
}

/// The user and group ids of `name` in a list in the format of passwd(5).
fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        // The field between is the password, which lives elsewhere nowadays.
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::find_user;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "postgresql:x:1:2::/:/bin/sh\nbroken\npostgres:x:101:104:admin:/:/bin/sh\n";
        assert_eq!(find_user(users, "postgres"), Some((101, 104)));
        assert_eq!(find_user(users, "nobody"), None);
    }
}
