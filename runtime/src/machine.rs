//! How much memory there is, and settings that would take more.
//!
//! A setting that sizes memory has an upper bound: what it can come to may take half of the memory of
//! the machine, or of the control group (a container's limit) where that is less (CWE-789).

use std::{fmt, fs, num::NonZeroUsize, path::Path, sync::OnceLock};

/// What one setting may take is one part in so many.
const PARTS: u64 = 2;
/// Entries of a store, whatever the memory.
const MOST_ENTRIES: u64 = 100_000_000;

/// The memory of this process, in bytes; `None` if it is unknown.
pub(crate) fn memory() -> Option<u64> {
    static MEMORY: OnceLock<Option<u64>> = OnceLock::new();
    *MEMORY.get_or_init(|| {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let total = total(&read("/proc/meminfo"));
        let group = group_limit(&read("/proc/self/cgroup"), Path::new("/sys/fs/cgroup"));
        total.into_iter().chain(group).min()
    })
}

/// The most that one setting may be, where each unit takes `bytes`: at most `most`.
pub(crate) fn bound(most: u64, bytes: u64, memory: Option<u64>) -> u64 {
    match memory {
        Some(memory) => most.min(memory / PARTS / bytes.max(1)),
        None => most,
    }
}

/// The number, or as many of `bytes` each as half of the memory holds; one at least, which may be
/// too large itself.
pub(crate) fn most(number: NonZeroUsize, bytes: u64) -> NonZeroUsize {
    let bound = bound(u64::MAX, bytes, memory());
    let bound = usize::try_from(bound).ok().and_then(NonZeroUsize::new);
    bound.map_or(NonZeroUsize::MIN, |bound| number.min(bound))
}

/// What is wrong with a setting, if it is too large: `setting` is how it is written, each of its
/// `unit`s takes `bytes`, and `most` is the limit whatever the memory.
pub(crate) fn too_large(
    setting: &str,
    value: u64,
    unit: &str,
    bytes: u64,
    most: u64,
) -> Option<String> {
    let memory = memory();
    let bound = bound(most, bytes, memory);
    let fix = match bound {
        0 => "make each smaller".to_owned(),
        bound => format!("set at most {bound}"),
    };
    (value > bound).then(|| match memory {
        Some(memory) if bound < most => format!(
            "{setting} is {value}: at {} for each of the {unit} that is {}, and this process may \
             use {}, half of it for this; {fix}, or give it more memory",
            size(bytes),
            size(bytes.saturating_mul(value)),
            size(memory)
        ),
        Some(_) | None => format!("{setting} is {value}: set at most {bound} {unit}"),
    })
}

/// A capacity would take more memory than there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooMuchMemory(String);

impl fmt::Display for TooMuchMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TooMuchMemory {}

/// A capacity, unless so many entries of so many bytes take too much.
pub(crate) fn capacity(
    setting: &str,
    capacity: NonZeroUsize,
    unit: &str,
    bytes: u64,
) -> Result<usize, TooMuchMemory> {
    let value = u64::try_from(capacity.get()).unwrap_or(u64::MAX);
    let wrong = too_large(setting, value, unit, bytes, MOST_ENTRIES);
    wrong.map_or(Ok(capacity.get()), |wrong| Err(TooMuchMemory(wrong)))
}

/// Bytes as people read them.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let tenths = (bytes % unit) * 10 / unit;
            format!("{}.{tenths} {name}", bytes / unit)
        }
        None => format!("{bytes} bytes"),
    }
}

fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The lowest limit of the control groups that this process is in (cgroups version 2 and 1).
fn group_limit(groups: &str, root: &Path) -> Option<u64> {
    let mut lowest: Option<u64> = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let (root, file) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            list if list.split(',').any(|one| one == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes")
            }
            _ => continue,
        };
        // A container may not see the folder that the path names, but its own as the root.
        let own = root.join(path.trim_start_matches('/'));
        for folder in own.ancestors().take_while(|folder| folder.starts_with(&root)) {
            let limit = fs::read_to_string(folder.join(file)).ok();
            // `max`, which is not a number, means no limit.
            let limit = limit.and_then(|text| text.trim().parse::<u64>().ok());
            lowest = lowest.into_iter().chain(limit).min();
        }
    }
    lowest
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{bound, group_limit, memory, size, too_large, total};

    #[test]
    fn the_lowest_limit_counts() {
        let root = std::env::temp_dir().join(format!("palisade-groups-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("memory.max", "max\n");
        write("a/memory.max", "536870912\n");
        write("a/b/memory.max", "1073741824\n");
        write("memory/c/memory.limit_in_bytes", "268435456\n");
        assert_eq!(group_limit("0::/a/b\n", &root), Some(512 << 20));
        assert_eq!(group_limit("0::/\n", &root), None);
        assert_eq!(group_limit("0::/gone/away\n", &root), None);
        assert_eq!(group_limit("5:cpu:/a\n4:memory:/c\n0::/a\n", &root), Some(256 << 20));
        assert_eq!(group_limit("nonsense\n::\n", &root), None);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn the_memory_of_the_machine_is_read() {
        assert_eq!(total("MemFree: 1 kB\nMemTotal:       16384 kB\n"), Some(16 << 20));
        for bad in ["", "MemTotal: much kB", "MemTotal: 1 MB", "MemTotal: 18446744073709551615 kB"]
        {
            assert_eq!(total(bad), None, "{bad}");
        }
        if cfg!(target_os = "linux") {
            assert!(memory().is_some_and(|bytes| bytes > 64 << 20));
        }
    }

    #[test]
    fn a_setting_may_take_half() {
        assert_eq!(bound(1_000, 1 << 20, Some(512 << 20)), 256);
        assert_eq!(bound(100, 1 << 20, Some(512 << 20)), 100);
        assert_eq!(bound(100, 1 << 20, None), 100);
        assert_eq!(bound(100, 1 << 40, Some(1)), 0);
        assert_eq!(too_large("A", 100, "things", 1, 100), None);
        let says = too_large("A", 101, "things", 1, 100).unwrap();
        assert_eq!(says, "A is 101: set at most 100 things");
        let says = too_large("A", u64::MAX, "things", 1 << 20, u64::MAX).unwrap();
        assert!(says.starts_with("A is 18446744073709551615: at 1.0 MiB for each"), "{says}");
        assert_eq!(size(1_536), "1.5 KiB");
        assert_eq!(size(7), "7 bytes");
    }
}
