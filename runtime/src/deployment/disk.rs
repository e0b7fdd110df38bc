//! The kind of disk that a file is on.

use std::path::Path;

use palisade_policy::deploy::Disk;

/// The disk of a file that is there, where it is not one of this machine.
#[cfg(target_os = "linux")]
pub(super) fn of(path: &Path) -> Option<Disk> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let found =
        rustix::fs::statfs(path).or_else(|_| rustix::fs::statfs(folder.unwrap_or(Path::new("."))));
    // Kinds are numbers of 32 bits, and some systems extend their sign.
    kind(found.ok()?.f_type.cast_unsigned() & 0xFFFF_FFFF)
}

/// Unknown on other systems.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(_: &Path) -> Option<Disk> {
    None
}

/// By the numbers of `statfs(2)` and of `linux/magic.h`.
#[cfg(target_os = "linux")]
fn kind(magic: u64) -> Option<Disk> {
    match magic {
        0x6969 => Some(Disk::Network("NFS")),
        0x517B | 0xFE53_4D42 | 0xFF53_4D42 => Some(Disk::Network("SMB")),
        0x5346_414F | 0x6B41_4653 => Some(Disk::Network("AFS")),
        0x7375_7245 => Some(Disk::Network("Coda")),
        0x564C => Some(Disk::Network("NCP")),
        0x6573_5546 => Some(Disk::Perhaps("FUSE")),
        0x0102_1997 => Some(Disk::Perhaps("9P")),
        0x00C3_6400 => Some(Disk::Perhaps("Ceph")),
        0x0BD0_0BD0 => Some(Disk::Perhaps("Lustre")),
        0x4750_4653 => Some(Disk::Perhaps("GPFS")),
        0x0116_1970 => Some(Disk::Perhaps("GFS2")),
        0x7461_636F => Some(Disk::Perhaps("OCFS2")),
        0x1983_0326 => Some(Disk::Perhaps("BeeGFS")),
        0x7863_6F50 => Some(Disk::Perhaps("vboxsf")),
        _ => None,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::path::Path;

    use palisade_policy::deploy::Disk;

    use super::{kind, of};

    #[test]
    fn disks_of_the_network_are_known_by_their_numbers() {
        assert_eq!(kind(0x6969), Some(Disk::Network("NFS")));
        assert_eq!(kind(0xFF53_4D42), Some(Disk::Network("SMB")));
        assert_eq!(kind(0x6573_5546), Some(Disk::Perhaps("FUSE")));
        for own in [0xEF53_u64, 0x0102_1994, 0x5846_5342, 0x9123_683E, 0x794C_7630] {
            assert_eq!(kind(own), None, "{own:x}");
        }
    }

    #[test]
    fn a_disk_of_memory_is_one_of_this_machine() {
        assert_eq!(of(Path::new("/dev/shm/not-there.sqlite")), None);
    }
}
