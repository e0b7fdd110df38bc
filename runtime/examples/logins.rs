//! How long a failed login takes: with a wrong password, and for a user who does not exist.
//!
//! `cargo run -p palisade --features passwords --example logins`

#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::{io, time::Instant};

use palisade::{
    Problem,
    password::{Password, PasswordCost, PasswordHasher},
};

const ROUNDS: usize = 200;

#[palisade::main]
async fn main() -> palisade::Exit {
    let hasher = PasswordHasher::new(PasswordCost::default())?;
    measure(&hasher).await.map_err(|problem| io::Error::other(problem.to_string()))?;
    Ok(())
}

async fn measure(hasher: &PasswordHasher) -> palisade::Result<()> {
    let password =
        |text: &str| Password::new(text.to_owned()).ok_or_else(|| Problem::internal("no password"));
    let stored = hasher.hash(&password("correct horse")?.for_account(&["ada"])?).await?;
    let wrong = password("wrong horse")?;
    let (mut of_ada, mut of_nobody) = (Vec::new(), Vec::new());
    // In turns, so that whatever else the machine does falls on both.
    for _ in 0..ROUNDS {
        for (times, stored) in [(&mut of_ada, Some(&stored)), (&mut of_nobody, None)] {
            let start = Instant::now();
            let refused = hasher.verify(&wrong, stored).await.is_err();
            times.push(start.elapsed());
            assert!(refused, "a wrong password passed");
        }
    }
    for (who, mut times) in [("wrong password", of_ada), ("unknown user", of_nobody)] {
        times.sort_unstable();
        let at =
            |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
        println!("{who:15} median {:?}, 10% {:?}, 90% {:?}", at(50), at(10), at(90));
    }
    Ok(())
}
