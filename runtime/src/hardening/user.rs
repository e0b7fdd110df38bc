//! The user of the service's process.

#[cfg(target_os = "linux")]
use nix::unistd::{Gid, Group, Uid, User, geteuid, getgroups, setgroups, setresgid, setresuid};

#[cfg(target_os = "linux")]
use crate::file_owner::FileOwner;

/// A user and a group of this machine; neither is root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg(target_os = "linux")]
pub(crate) struct RunAs {
    user: Uid,
    group: Gid,
}

/// No user: on other systems than Linux a process cannot drop root's rights in all of its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg(not(target_os = "linux"))]
pub(crate) struct RunAs;

#[cfg(not(target_os = "linux"))]
impl RunAs {
    pub(crate) fn read(_: &str) -> Result<Self, String> {
        Err("a service becomes another user on Linux alone: start it as that user".to_owned())
    }

    pub(crate) fn owner_of_files(self) -> Option<crate::file_owner::FileOwner> {
        None
    }

    pub(crate) fn prepare_threads(self) {}

    pub(crate) fn become_it(self) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(target_os = "linux")]
impl RunAs {
    /// Parses `name`, `name:group`, or numbers instead. The default group is that of the user; a
    /// numeric user without a name on this machine needs a group.
    ///
    /// # Errors
    ///
    /// The name does not exist on this machine, or is root.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (name, group) = match text.split_once(':') {
            Some((name, group)) => (name, Some(group)),
            None => (text, None),
        };
        let cannot =
            |error: nix::Error| format!("the users of this machine cannot be read: {error}");
        let known = match name.parse() {
            Ok(number) => User::from_uid(Uid::from_raw(number)).map_err(cannot)?,
            Err(_) => User::from_name(name).map_err(cannot)?,
        };
        let user = match (&known, name.parse()) {
            (Some(user), _) => user.uid,
            (None, Ok(number)) => Uid::from_raw(number),
            (None, Err(_)) => return Err(format!("{name:?} is no user of this machine")),
        };
        let group = match (group, known) {
            (Some(group), _) => match group.parse() {
                Ok(number) => Gid::from_raw(number),
                Err(_) => Group::from_name(group)
                    .map_err(cannot)?
                    .map(|group| group.gid)
                    .ok_or_else(|| format!("{group:?} is no group of this machine"))?,
            },
            (None, Some(user)) => user.gid,
            (None, None) => {
                return Err(format!(
                    "{name} has no name on this machine, and so no group: write {name}:{name}"
                ));
            }
        };
        if user.is_root() || group.as_raw() == 0 {
            return Err("it is root, or the group of root: name another user".to_owned());
        }
        Ok(Self { user, group })
    }

    /// The required owner of the files that the process writes to later; `None` if it is this user
    /// already.
    pub(crate) fn owner_of_files(self) -> Option<FileOwner> {
        let owner = FileOwner { user: self.user.as_raw(), group: self.group.as_raw() };
        (geteuid() != self.user).then_some(owner)
    }

    /// Sets `no_new_privs` for this thread, and so for the threads that it starts: those of the
    /// service start between this and [`become_it`](Self::become_it).
    pub(crate) fn prepare_threads(self) {
        // A failure is reported by `become_it`, which sets it again.
        let _set = rustix::thread::set_no_new_privs(true);
    }

    /// Switches to this user permanently, in all threads, without further groups.
    ///
    /// # Errors
    ///
    /// The process belongs to another user than root, or the system refuses.
    pub(crate) fn become_it(self) -> Result<(), String> {
        let Self { user, group } = self;
        let now = geteuid();
        if now == user && !now.is_root() {
            return Ok(());
        }
        if !now.is_root() {
            return Err(format!(
                "the process runs as the user {now}, and only root can become another: start it as root, \
                 or unset this"
            ));
        }
        let cannot = |what: &str, error: nix::Error| format!("{what}: {error}");
        // Groups first: only root can drop them.
        setgroups(&[group]).map_err(|error| cannot("its groups cannot be left", error))?;
        setresgid(group, group, group)
            .map_err(|error| cannot("the group cannot be taken", error))?;
        setresuid(user, user, user).map_err(|error| cannot("the user cannot be taken", error))?;
        // Programs cannot restore the rights either, in this thread and those that it starts.
        rustix::thread::set_no_new_privs(true)
            .map_err(|error| format!("`no_new_privs` cannot be set: {error}"))?;
        let groups = getgroups().map_err(|error| cannot("its groups cannot be read", error))?;
        let back = setresuid(Uid::from_raw(0), Uid::from_raw(0), Uid::from_raw(0));
        if back.is_ok() || geteuid() != user || groups != [group] {
            return Err("the rights of root are still there".to_owned());
        }
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::RunAs;

    #[test]
    fn users_are_read_by_name_and_by_number() {
        let of = |text: &str| RunAs::read(text).map(|run| (run.user.as_raw(), run.group.as_raw()));
        assert_eq!(of("4242:4243"), Ok((4242, 4243)));
        for (text, says) in [
            ("root", "it is root"),
            ("0:0", "it is root"),
            ("4242:0", "it is root"),
            ("no-such-user-here", "is no user"),
            ("4242:no-such-group-here", "is no group"),
            ("42424242", "write 42424242:42424242"),
            ("", "is no user"),
        ] {
            let told = of(text).unwrap_err();
            assert!(told.contains(says), "{text}: {told}");
        }
    }
}
