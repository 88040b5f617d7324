//! An idle live session: a program of its own, so that no other test's threads are counted.
#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError::Disconnected;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use mien_core::stream::{LiveOptions, LiveSession};
use mien_core::{Engine, EngineOptions, ErrorKind, Frame};

/// Returns how often threads of live sessions went to sleep so far.
fn sleeps_of_live_threads() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    let live = tasks.filter(|task| std::fs::read_to_string(task.join("comm")).unwrap().trim() == "mien-live");
    let switches = live.map(|task| {
        let status = std::fs::read_to_string(task.join("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    });
    switches.sum()
}

#[test]
fn idle_sessions_wake_no_thread_and_tell_their_listeners_of_results_and_of_the_end() {
    let pack = mien_tests::pack();
    let engine = Engine::new(&pack, EngineOptions::default()).unwrap();
    let sessions = [(); 4].map(|()| LiveSession::new(&engine, LiveOptions::default()).unwrap());
    let told = sessions.each_ref().map(|live| {
        let (ready, told) = channel();
        live.set_listener(Some(Arc::new(move || {
            let _ = ready.send(());
        })));
        assert!(live.poll().unwrap().is_none());
        told
    });
    thread::sleep(Duration::from_millis(200));
    let before = sleeps_of_live_threads();
    assert!(before >= 4, "the threads wait");
    thread::sleep(Duration::from_secs(3));
    assert_eq!(sleeps_of_live_threads() - before, 0, "wakeups of four sessions in 3 s");
    assert!(told.iter().all(|told| told.try_recv().is_err()), "nothing is told without a result");

    let (live, told_first) = (&sessions[0], &told[0]);
    let pixels = vec![90; 64 * 48];
    live.submit(&Frame::gray8(&pixels, 64, 48, 64).unwrap(), 7).unwrap();
    told_first.recv_timeout(Duration::from_secs(60)).unwrap();
    let outcome = live.fetch(Duration::ZERO).unwrap().unwrap();
    let result = outcome.result.unwrap();
    assert_eq!((result.timestamp_us, result.width, result.height), (7, 64, 48));
    assert_eq!((outcome.timestamp_us, outcome.width, outcome.height), (7, 64, 48));
    assert!(live.poll().unwrap().is_none());
    engine.close();
    for (live, told) in sessions.iter().zip(&told) {
        told.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(live.poll().unwrap_err().kind(), ErrorKind::Closed);
        assert!(told.try_recv().is_err(), "the end is told once");
    }
    let (ready, told) = channel();
    live.set_listener(Some(Arc::new(move || {
        let _ = ready.send(());
    })));
    assert!(told.try_recv().is_ok(), "a listener that comes late is told at once");
    assert!(told.recv_timeout(Duration::from_secs(1)).is_err_and(|gone| gone == Disconnected), "and goes at once");
}
