//! The system calls that no service needs.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

const EPERM: u32 = 1;
const ENOSYS: u32 = 38;

/// Calls that start programs, access other processes, change the machine, or run code in the
/// kernel. Each fails with `EPERM`. An allowlist would fail with the next version of the C library.
const NEVER: &[i64] = &[
    // Programs: Landlock does not cover one that is only in memory (`memfd_create`).
    libc::SYS_execve,
    libc::SYS_execveat,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    // Mounts and namespaces, and access to files by other means than their paths.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    // The kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_syslog,
    libc::SYS_personality,
    libc::SYS_lookup_dcookie,
    // The machine.
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];

/// Flags of `clone` that create a namespace, in which a process has further rights.
const NAMESPACES: &[libc::c_int] = &[
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
];

/// Higher numbers belong to x32, a second table of all calls.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;

/// Blocks these calls for this thread and for the threads that it starts.
pub(super) fn forbid() -> Result<(), String> {
    for program in programs()? {
        seccompiler::apply_filter(&program).map_err(|error| format!("system calls: {error}"))?;
    }
    Ok(())
}

/// The filters. The kernel runs all of them for each call.
fn programs() -> Result<[BpfProgram; 2], String> {
    let mut refused: BTreeMap<_, _> = NEVER.iter().map(|call| (*call, Vec::new())).collect();
    refused.insert(libc::SYS_clone, namespaces()?);
    // The flags of `clone3` are in memory, where no filter sees them. Without it, C libraries use `clone`.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Ok([without_x32(filter(refused, EPERM)?), filter(absent, ENOSYS)?])
}

/// A rule for each of the flags that create a namespace.
fn namespaces() -> Result<Vec<SeccompRule>, String> {
    let rule = |flag: &libc::c_int| {
        let flag = u64::from(flag.cast_unsigned());
        let (operator, length) = (SeccompCmpOp::MaskedEq(flag), SeccompCmpArgLen::Dword);
        SeccompCondition::new(0, length, operator, flag)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .map_err(|error| format!("system calls: {error}"))
    };
    NAMESPACES.iter().map(rule).collect()
}

fn filter(rules: BTreeMap<i64, Vec<SeccompRule>>, error: u32) -> Result<BpfProgram, String> {
    let architecture = std::env::consts::ARCH;
    let target = architecture.try_into().map_err(|error| format!("system calls: {error}"))?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(error), target)
        .and_then(BpfProgram::try_from)
        .map_err(|error| format!("system calls: {error}"))
}

/// The same filter, preceded by instructions that block the calls of x32: they have the same
/// architecture as the others, and numbers that no rule contains.
#[cfg(target_arch = "x86_64")]
fn without_x32(program: BpfProgram) -> BpfProgram {
    use seccompiler::sock_filter;

    // Of `linux/bpf_common.h` and `linux/seccomp.h`.
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const ERRNO: u32 = 0x0005_0000;
    let step = |code, jf, k| sock_filter { code, jt: 0, jf, k };
    let beginning =
        [step(LOAD_WORD, 0, 0), step(JUMP_IF_AT_LEAST, 1, X32), step(RETURN, 0, ERRNO | ENOSYS)];
    beginning.into_iter().chain(program).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn without_x32(program: BpfProgram) -> BpfProgram {
    program
}

#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests {
    use seccompiler::BpfProgram;

    use super::{ENOSYS, EPERM, NAMESPACES, NEVER, X32, programs};

    const ALLOW: u32 = 0x7fff_0000;
    const ERRNO: u32 = 0x0005_0000;
    const KILL: u32 = 0x8000_0000;
    const X86_64: u32 = 0xc000_003e;

    /// The filter's result for a call: the kernel's interpreter, as far as these filters use it.
    fn answer(program: &BpfProgram, data: &[u32; 16]) -> u32 {
        let (mut at, mut value) = (0_usize, 0_u32);
        loop {
            let step = &program[at];
            at += 1;
            let jump = |is_met: bool| usize::from(if is_met { step.jt } else { step.jf });
            match step.code {
                0x20 => value = data[step.k as usize / 4],
                0x54 => value &= step.k,
                0x05 => at += step.k as usize,
                0x15 => at += jump(value == step.k),
                0x25 => at += jump(value > step.k),
                0x35 => at += jump(value >= step.k),
                0x06 => return step.k,
                other => panic!("an instruction {other:#x}"),
            }
        }
    }

    /// The kernel's action for a call: the strictest result.
    fn outcome(number: u32, architecture: u32, first: u64) -> u32 {
        let mut data = [0; 16];
        (data[0], data[1]) = (number, architecture);
        data[4] = u32::try_from(first).unwrap();
        let order = |answer: &u32| match *answer {
            KILL => 0,
            ALLOW => 2,
            _ => 1,
        };
        programs().unwrap().iter().map(|program| answer(program, &data)).min_by_key(order).unwrap()
    }

    fn of(call: i64) -> u32 {
        outcome(u32::try_from(call).unwrap(), X86_64, 0)
    }

    #[test]
    fn calls_that_no_service_needs_are_refused_and_others_pass() {
        for call in NEVER {
            assert_eq!(of(*call), ERRNO | EPERM, "{call}");
        }
        for call in [
            libc::SYS_read,
            libc::SYS_openat,
            libc::SYS_mmap,
            libc::SYS_futex,
            libc::SYS_epoll_wait,
            libc::SYS_accept4,
            libc::SYS_fcntl,
            libc::SYS_flock,
            libc::SYS_renameat2,
            libc::SYS_getrandom,
            libc::SYS_setresuid,
            libc::SYS_prctl,
            libc::SYS_rt_sigaction,
            libc::SYS_memfd_create,
        ] {
            assert_eq!(of(call), ALLOW, "{call}");
        }
    }

    #[test]
    fn a_thread_starts_and_a_namespace_does_not() {
        let clone = u32::try_from(libc::SYS_clone).unwrap();
        let thread = u64::from(
            (libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND | libc::CLONE_SETTLS)
                .cast_unsigned(),
        );
        assert_eq!(outcome(clone, X86_64, thread), ALLOW);
        for flag in NAMESPACES {
            let flags = thread | u64::from(flag.cast_unsigned());
            assert_eq!(outcome(clone, X86_64, flags), ERRNO | EPERM, "{flag:#x}");
        }
        assert_eq!(of(libc::SYS_clone3), ERRNO | ENOSYS);
    }

    #[test]
    fn there_is_no_second_table_of_calls() {
        for call in [libc::SYS_read, libc::SYS_ptrace, libc::SYS_execve, 520, 521] {
            let number = u32::try_from(call).unwrap() | X32;
            assert_eq!(outcome(number, X86_64, 0), ERRNO | ENOSYS, "{call}");
        }
        // The 32-bit ones: `int 0x80`.
        assert_eq!(outcome(11, 0x4000_0003, 0), KILL);
    }
}
