//! The store that instances share.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    thread,
    time::Duration,
};

use redis::{Cmd, Value, cluster_routing::Slot};
use smallvec::SmallVec;
use tokio::{
    runtime::Handle,
    task::yield_now,
    time::{sleep, timeout},
};

use super::{
    OutOfReach,
    denied::Denied,
    outage::{Circuit, Failure, is_unknown_script},
    pool::Pool,
    script::{Call, Debt, REFUSALS, Reply, Scripts, Verdict, key_text, micros},
};
use crate::{
    Redis,
    app::catching,
    clock::Moment,
    limit::{Ask, Key, Place, SharedStoreMetrics, TableMetrics, key::SharedKey, tally::Tally},
    shared_redis::{Feature, Refused, try_each, try_plain},
};

/// Why limits cannot be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SharedStoreError {
    /// The thread that watches the store could not be started.
    Thread,
}

/// The time between two probes of the store.
const PAUSE: Duration = Duration::from_millis(50);

/// The time limit of one probe.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keys that are used to probe all nodes of a cluster: usually more than it has nodes.
const PROBED_KEYS: u8 = 32;

/// Counts limits for all instances of a service, in one Redis or Valkey server or in a cluster.
///
/// Make it once for the process; clones are the same store. A [`Limiter`](crate::limit::Limiter)
/// takes it, and the settings `PALISADE_REDIS_URL`, `PALISADE_REDIS_PREFIX` and
/// `PALISADE_REDIS_TIMEOUT` make one.
///
/// Its server has to accept writes, and to keep entries until they expire (`maxmemory-policy
/// noeviction`): an evicted entry resets what its key has spent.
#[derive(Clone)]
pub struct SharedStore(Arc<Core>);

struct Core {
    redis: Redis,
    prefix: Box<str>,
    timeout: Duration,
    pool: Pool,
    scripts: Scripts,
    circuit: Arc<Circuit>,
    denied: Denied,
    round_trips: Tally,
    recalled: Tally,
}

/// The state of a [`SharedStore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedStoreReport {
    /// Whether it is out of reach now: each limit's own `outage` applies.
    pub is_out_of_reach: bool,
    /// How often it went out of reach.
    pub outages: u64,
    /// Commands that went over the network; one for each request whose limits are on one server.
    pub round_trips: u64,
    /// Requests that were refused without one: their key was known to be refused still.
    pub recalled: u64,
}

impl SharedStore {
    /// Counts on this server, under its prefix, and waits no longer than its time-out.
    ///
    /// A store that is out of reach is not an error: the limits' own outage policies apply until it
    /// is back.
    ///
    /// # Errors
    ///
    /// The thread that watches the store cannot be started.
    pub fn redis(redis: &Redis) -> Result<Self, SharedStoreError> {
        Self::with(Scripts::new(), redis)
    }

    fn with(scripts: Scripts, redis: &Redis) -> Result<Self, SharedStoreError> {
        let core = Arc::new(Core {
            redis: redis.clone(),
            prefix: redis.prefix().into(),
            timeout: redis.patience(),
            pool: Pool::new(Arc::clone(redis.servers())),
            scripts,
            circuit: Arc::default(),
            denied: Denied::new(),
            round_trips: Tally::default(),
            recalled: Tally::default(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| SharedStoreError::Thread)?;
        let (watched, circuit) = (Arc::downgrade(&core), Arc::clone(&core.circuit));
        thread::Builder::new()
            .name("palisade-limits".to_owned())
            .spawn(move || runtime.block_on(watch(&watched, &circuit)))
            .map_err(|_| SharedStoreError::Thread)?;
        Ok(Self(core))
    }

    /// Whether it is a cluster.
    pub fn is_cluster(&self) -> bool {
        self.0.pool.servers().is_cluster()
    }

    /// Its state.
    pub fn report(&self) -> SharedStoreReport {
        SharedStoreReport {
            is_out_of_reach: self.0.circuit.is_open(),
            outages: self.0.circuit.outages(),
            round_trips: self.0.round_trips.total(),
            recalled: self.0.recalled.total(),
        }
    }

    /// The same, for the metrics of the limits.
    pub(in crate::limit) fn metrics(&self) -> SharedStoreMetrics {
        let SharedStoreReport { is_out_of_reach, outages, round_trips, recalled } = self.report();
        SharedStoreMetrics { is_out_of_reach, outages, round_trips, recalled }
    }

    /// How full the tables of known refusals are.
    pub(in crate::limit) fn tables(&self, now: Moment) -> Vec<TableMetrics> {
        self.0.denied.metrics(now)
    }

    /// Refuses the keys that are known to be refused. The state of the other asks is unknown then.
    pub(in crate::limit) fn recall_refusals(&self, asks: &mut [Ask<'_>], now: Moment) -> bool {
        let mut is_refused = false;
        for ask in asks.iter_mut().filter(|ask| ask.place == Place::Shared) {
            ask.decision.allowed = true;
            if let Some(decision) = self.0.denied.recall(ask, now) {
                ask.decision = decision;
                // What only counts has no say.
                is_refused |= !ask.limit.rate().track;
            }
        }
        if is_refused {
            self.0.recalled.add_one();
            for ask in asks.iter_mut() {
                if ask.place == Place::Shared && ask.decision.allowed {
                    ask.place = Place::Unasked;
                }
            }
        }
        is_refused
    }

    /// Whether the store can be asked, and no known refusal applies to the ask.
    pub(in crate::limit) fn may_pass(&self, ask: &Ask<'_>, now: Moment) -> bool {
        !self.0.circuit.is_open() && self.0.denied.recall(ask, now).is_none()
    }

    /// Spends the units of all asks that are counted here, or of none.
    pub(in crate::limit) async fn take(
        &self,
        asks: &mut [Ask<'_>],
        now: Moment,
    ) -> Result<bool, OutOfReach> {
        self.ask(asks, now, true).await
    }

    /// Writes the state of the ask.
    pub(in crate::limit) async fn survey(
        &self,
        ask: &mut Ask<'_>,
        now: Moment,
    ) -> Result<bool, OutOfReach> {
        self.ask(std::slice::from_mut(ask), now, false).await
    }

    async fn ask(
        &self,
        asks: &mut [Ask<'_>],
        now: Moment,
        spends: bool,
    ) -> Result<bool, OutOfReach> {
        let core = &*self.0;
        if asks.iter().any(|ask| ask.place == Place::Shared && ask.key.shared.is_none()) {
            // The key of another limit: to leave it out would be to have no limit.
            return Err(OutOfReach);
        }
        let groups = core.group(asks, spends);
        let answers: SmallVec<[Result<Reply, OutOfReach>; 1]> = match &*groups {
            [group] => SmallVec::from_iter([core.answer(group).await]),
            groups => {
                let each = groups.iter().map(|group| -> Pin<Box<dyn Future<Output = _> + '_>> {
                    Box::pin(core.answer(group))
                });
                join(each.collect()).await
            }
        };
        let read: SmallVec<[(&Group, Option<Reply>); 1]> =
            groups.iter().zip(answers.into_iter().map(Result::ok)).collect();
        let refuses = |member: usize, allowed: bool| {
            !allowed && asks.get(member).is_none_or(|ask| !ask.limit.rate().track)
        };
        let passes = |group: &Group, reply: &Reply| {
            let mut told = group.members.iter().zip(&reply.verdicts);
            !told.any(|(member, verdict)| refuses(*member, verdict.is_allowed()))
        };
        let passed: SmallVec<[bool; 1]> = read
            .iter()
            .map(|(group, reply)| reply.as_ref().is_some_and(|reply| passes(group, reply)))
            .collect();
        let all_passed = passed.iter().all(|passed| *passed);
        let is_answered = read.iter().all(|(_, reply)| reply.is_some());
        // A refusal is one, whatever the nodes that did not answer would have said.
        let is_refused =
            read.iter().zip(&passed).any(|((_, reply), passed)| reply.is_some() && !passed);
        let mut given = SmallVec::<[Debt; 4]>::new();
        for ((group, reply), passed) in read.iter().zip(&passed) {
            let Some(reply) = reply else {
                for member in group.members.iter().filter(|_| is_refused) {
                    if let Some(ask) = asks.get_mut(*member) {
                        ask.place = Place::Unasked;
                    }
                }
                continue;
            };
            for (member, verdict) in group.members.iter().zip(&reply.verdicts) {
                let Some(ask) = asks.get_mut(*member) else { continue };
                let spent = spends && *passed && verdict.is_allowed();
                ask.decision = verdict.decision(ask, spent);
                ask.paid_at = verdict.paid_at(reply.at);
                ask.blocked = matches!(verdict, Verdict::Banned(_) | Verdict::Bans(_));
                if matches!(verdict, Verdict::Bans(_)) {
                    ask.banned = ask.limit.rate().ban;
                }
                self.0.denied.remember(ask, *verdict, now);
                if spent && !(all_passed && is_answered) {
                    // Another node refused, or did not answer.
                    ask.decision = verdict.refunded(ask);
                    given.extend(Debt::of(ask));
                }
            }
        }
        if !given.is_empty() {
            self.spawn_give(given);
        }
        if is_answered || is_refused { Ok(all_passed) } else { Err(OutOfReach) }
    }

    /// Returns the units of the ask, in a task of its own.
    pub(in crate::limit) fn give_back(&self, ask: &Ask<'_>) {
        self.spawn_give(Debt::of(ask).into_iter().collect());
    }

    /// Without a runtime for the task, the units recover with time.
    fn spawn_give(&self, spent: SmallVec<[Debt; 4]>) {
        let Ok(runtime) = Handle::try_current() else { return };
        let store = self.clone();
        runtime.spawn(async move {
            // One by one: they may be on several nodes.
            for one in &spent {
                let _given = store.give(one).await;
            }
        });
    }

    /// No request waits for it, and its failure does not open the circuit: if one node of a cluster
    /// is out of reach, the others still return their units.
    async fn give(&self, spent: &Debt) -> Result<(), OutOfReach> {
        let (core, attempt) = (&*self.0, Attempt::default());
        let call = core.scripts.give(&core.prefix, spent);
        let give = core.run(&attempt, Question::Script(&call));
        match timeout(core.timeout, give).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(OutOfReach),
        }
    }

    /// Resets what the key has spent, and its count of refusals.
    pub(in crate::limit) async fn reset(&self, key: Key, now: Moment) -> Result<(), OutOfReach> {
        let Some(shared) = key.shared else { return Ok(()) };
        let mut command = Cmd::new();
        command.arg("DEL");
        for end in ["", REFUSALS] {
            command.arg(key_text(&self.0.prefix, &shared, end).as_slice());
        }
        let attempt = Attempt::default();
        let done = self
            .0
            .within(&attempt, self.0.run(&attempt, Question::Command(&command)))
            .await
            .map(drop);
        self.0.denied.forget(key, now);
        done
    }

    /// Refuses the key for so long, in all instances; zero lifts the refusal.
    pub(in crate::limit) async fn ban(
        &self,
        key: Key,
        lasts: Duration,
        now: Moment,
    ) -> Result<(), OutOfReach> {
        let Some(shared) = key.shared else { return Ok(()) };
        let call = self.0.scripts.ban(&self.0.prefix, &shared, micros(lasts));
        let attempt = Attempt::default();
        let mark = self.0.run(&attempt, Question::Script(&call));
        let done = self.0.within(&attempt, mark).await.map(drop);
        self.0.denied.forget(key, now);
        done
    }
}

/// Asks of one request whose keys are in one slot of a cluster; all of them on a single server.
struct Group {
    members: SmallVec<[usize; 4]>,
    call: Call,
}

impl Core {
    fn group(&self, asks: &[Ask<'_>], spends: bool) -> SmallVec<[Group; 1]> {
        let shared = |ask: &Ask<'_>| if ask.place == Place::Shared { ask.key.shared } else { None };
        let keyed = asks.iter().enumerate();
        let keyed = keyed.filter_map(|(index, ask)| Some((index, shared(ask)?, ask)));
        let group = |slot: Option<Slot>| {
            let own = keyed.clone().filter(|(_, key, _)| slot.is_none() || slot == self.slot(key));
            let call = self.scripts.take(
                &self.prefix,
                own.clone().map(|(_, key, ask)| (key, ask)),
                spends,
            );
            Group { members: own.map(|(index, ..)| index).collect(), call }
        };
        if !self.pool.servers().is_cluster() {
            return SmallVec::from_iter([group(None)]);
        }
        let mut slots = SmallVec::<[Option<Slot>; 4]>::new();
        for (_, key, _) in keyed.clone() {
            let slot = self.slot(&key);
            if !slots.contains(&slot) {
                slots.push(slot);
            }
        }
        slots.into_iter().map(group).collect()
    }

    /// The slot of a key in the cluster.
    fn slot(&self, key: &SharedKey) -> Option<Slot> {
        Some(Slot::for_key(key_text(&self.prefix, key, "").as_slice()))
    }

    /// The reply of the group's server, within the time-out.
    async fn answer(&self, group: &Group) -> Result<Reply, OutOfReach> {
        let attempt = Attempt::default();
        let work = async {
            let value = self.run(&attempt, Question::Script(&group.call)).await?;
            Reply::read(&value, group.members.len()).ok_or(Failure::Reply)
        };
        self.within(&attempt, work).await
    }

    /// Sends the command over this thread's connection; over another if that was closed since its
    /// last use, as a server closes idle connections.
    async fn run(&self, attempt: &Attempt, question: Question<'_>) -> Result<Value, Failure> {
        self.round_trips.add_one();
        let mut has_retried = false;
        loop {
            let (mut connection, generation) = self.pool.connection().await?;
            attempt.asked_on.store(generation, Ordering::Relaxed);
            let answer = match question {
                Question::Script(call) => {
                    match connection.run(call.by_digest()).await {
                        // It has forgotten it. Now it learns it again.
                        Err(error) if is_unknown_script(&error) => {
                            connection.run(&call.by_text()).await
                        }
                        answer => answer,
                    }
                }
                Question::Command(command) => connection.run(command).await,
            };
            let failure = match answer {
                Ok(value) => return Ok(value),
                Err(error) => Failure::of(&error),
            };
            if !failure.is_of_connection() {
                return Err(failure);
            }
            attempt.asked_on.store(NONE, Ordering::Relaxed);
            self.pool.renew(generation);
            if has_retried {
                return Err(failure);
            }
            has_retried = true;
        }
    }

    /// Waits no longer than the time-out, and not at all while the store is out of reach.
    async fn within<T>(
        &self,
        attempt: &Attempt,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, OutOfReach> {
        if self.circuit.is_open() {
            return Err(OutOfReach);
        }
        let mut work = pin!(work);
        let answer = match timeout(self.timeout, work.as_mut()).await {
            Ok(answer) => answer,
            Err(_) => {
                // This thread may have been busy itself for so long, with the answer waiting to be
                // read: then the store is not unreachable.
                for _ in 0..3 {
                    yield_now().await;
                }
                match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
                    Poll::Ready(answer) => answer,
                    Poll::Pending => match attempt.asked_on.load(Ordering::Relaxed) {
                        NONE => Err(Failure::Connecting),
                        generation => {
                            // It may have died without a word.
                            self.pool.renew(generation);
                            Err(Failure::TimedOut)
                        }
                    },
                }
            }
        };
        answer.map_err(|failure| {
            self.circuit.open(&failure);
            OutOfReach
        })
    }

    /// Tries each command, and names the first that the server's user is not permitted to run.
    async fn name_missing_permission(&self, scripts_run: bool) {
        let trial = async {
            let mut connection = self.pool.servers().connect().await.ok()?;
            if scripts_run {
                try_plain(&mut connection, &self.redis, Feature::Limits).await.err()
            } else {
                try_each(&mut connection, &self.redis, Feature::Limits).await.err()
            }
        };
        if let Ok(Some(refused @ Refused::Permission { .. })) = timeout(PATIENCE, trial).await {
            tracing::error!(failure = %refused, "limits cannot be shared");
        }
    }

    /// Whether the store works: it answers, runs the script and accepts writes.
    async fn probe(&self) -> Result<(), Failure> {
        let probe = async {
            let servers = self.pool.servers();
            let connected = servers.connect().await;
            let mut connection = connected.map_err(|error| Failure::of(&error))?;
            let keys = if servers.is_cluster() { PROBED_KEYS } else { 1 };
            for number in 0..keys {
                let call = self.scripts.probe(&self.prefix, number);
                let value = connection.run(&call.by_text()).await;
                let value = value.map_err(|error| Failure::of(&error))?;
                Reply::read(&value, 1).ok_or(Failure::Reply)?;
            }
            // Requests ask by the digest, which is another permission.
            let call = self.scripts.probe(&self.prefix, 0);
            match connection.run(call.by_digest()).await {
                Err(error) if !is_unknown_script(&error) => return Err(Failure::of(&error)),
                Ok(_) | Err(_) => {}
            }
            Ok(())
        };
        timeout(PATIENCE, probe).await.unwrap_or(Err(Failure::TimedOut))
    }
}

/// The command.
#[derive(Clone, Copy, Debug)]
enum Question<'q> {
    Script(&'q Call),
    Command(&'q Cmd),
}

/// The progress of a command.
#[derive(Debug)]
struct Attempt {
    /// The generation of the connection that it waits on. A task that returns units may move
    /// between threads, so this is not a `Cell`.
    asked_on: AtomicU64,
}

/// No connection yet.
const NONE: u64 = u64::MAX;

impl Default for Attempt {
    fn default() -> Self {
        Self { asked_on: AtomicU64::new(NONE) }
    }
}

/// Opens and closes the circuit until the store is dropped, even after a panic: without it, an open
/// circuit would be an outage for good.
async fn watch(core: &Weak<Core>, circuit: &Circuit) {
    let mut has_panicked = false;
    while let Err(panic) = catching(|| watch_once(core, circuit)).await {
        circuit.open(&Failure::Reply);
        if !has_panicked {
            tracing::error!(%panic, "the Redis library panicked: the shared store is tried again");
        }
        has_panicked = true;
        sleep(PAUSE).await;
    }
}

async fn watch_once(core: &Weak<Core>, circuit: &Circuit) {
    // Whether each command was tried on the server that is there.
    let mut is_tried = false;
    loop {
        let Some(core) = core.upgrade() else { return };
        let probed = core.probe().await;
        match &probed {
            Ok(()) => circuit.close(),
            Err(failure) => circuit.open(failure),
        }
        let answers = matches!(probed, Ok(()) | Err(Failure::Server(_)));
        if answers && !is_tried {
            core.name_missing_permission(probed.is_ok()).await;
        }
        is_tried = answers;
        drop(core);
        if circuit.is_open() {
            sleep(PAUSE).await;
        } else {
            circuit.wait().await;
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.circuit.wake();
    }
}

/// All of them at the same time.
async fn join<T>(mut work: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> SmallVec<[T; 1]> {
    let mut done: Vec<Option<T>> = work.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (work, done) in work.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(value) = work.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

impl fmt::Display for SharedStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread => f.write_str("the thread that watches the store could not be started"),
        }
    }
}

impl std::error::Error for SharedStoreError {}

/// Leaves out the URL.
impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore")
            .field("prefix", &self.0.prefix)
            .field("timeout", &self.0.timeout)
            .field("servers", self.0.pool.servers())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
