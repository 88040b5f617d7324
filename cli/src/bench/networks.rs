//! `mien bench networks`: CPU time of the networks in our executors and, in a build with the feature `tract`, in
//! tract.

use mien_core::models::Role;
use mien_nn::{Precision, computes_in_f16};
use serde_json::json;

use crate::args::{BenchNetworksArgs, Shared};
use crate::bench::layers;
use crate::bench::measure::spread;
use crate::bench::network_task::{Task, Times};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{Progress, answer, print_json, say};
use crate::session;

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchNetworksArgs) -> Outcome {
    let pack = session::pack(shared)?;
    let mut tasks = Vec::new();
    for entry in &pack.manifest().models {
        let own = [entry.input.shape[2]];
        let sides = if entry.role == Role::Identity { &args.size[..] } else { &own };
        for &side in sides {
            let in_bytes = pack.network(entry.role, Some(side))?.byte_input().map(|_| Precision::Quantized);
            let in_half = computes_in_f16().then_some(Precision::Half);
            for precision in in_bytes.into_iter().chain(in_half).chain([Precision::Float]) {
                tasks.push(Task::new(&pack, entry, side, precision)?);
            }
        }
    }
    if args.serve {
        return serve(&tasks);
    }
    if args.layers {
        return layers::run(&tasks, args);
    }
    let times = measure(&tasks, args.rounds)?;
    if args.json {
        let reports: Vec<_> = tasks.iter().zip(&times).map(|(task, times)| task.report_times(times)).collect();
        return print_json(&json!({ "rounds": args.rounds, "networks": reports }));
    }
    print_table(&tasks, &times, args.rounds)
}

/// Measures all networks. Executors take turns, so that a busy moment of the machine affects all of them.
fn measure(tasks: &[Task], rounds: u32) -> Outcome<Vec<Times>> {
    let mut times: Vec<Times> = tasks.iter().map(|task| vec![Vec::new(); task.executors.len()]).collect();
    let bar = Progress::new(rounds as usize, "rounds");
    for _ in 0..rounds {
        for (task, times) in tasks.iter().zip(&mut times) {
            check_interrupt()?;
            for (executor, times) in times.iter_mut().enumerate() {
                times.push(task.turn(executor, task.runs)?);
            }
        }
        bar.step();
    }
    drop(bar);
    Ok(times)
}

fn print_table(tasks: &[Task], times: &[Times], rounds: u32) -> Outcome {
    say(format!("{rounds} rounds, CPU time of one thread: median (10 to 90 %)"))?;
    say(format!(
        "{:<16} {:>4} {:>6}  {:<26} {:>24} {:>7} {:>21}",
        "network", "side", "MMAC", "executor", "per run", "GMAC/s", "over tract"
    ))?;
    for (task, times) in tasks.iter().zip(times) {
        let ratios: Option<Vec<f64>> =
            times.get(1).map(|tract| times[0].iter().zip(tract).map(|(ours, theirs)| ours / theirs).collect());
        let name = format!("{:<16} {:>4} {:>6.1}", task.file, task.side, task.multiply_adds as f64 / 1e6);
        for (index, (executor, times)) in task.executors.iter().zip(times).enumerate() {
            let [median, low, high] = spread(times);
            let ratio = match &ratios {
                Some(ratios) if index == 0 => {
                    let [median, low, high] = spread(ratios);
                    format!("{median:.2} ({low:.2} to {high:.2})")
                }
                _ => String::new(),
            };
            let time = format!("{median:.2} ms ({low:.2} to {high:.2})");
            let speed = task.speed(median);
            say(format!("{name}  {:<26} {time:>24} {speed:>7.1} {ratio:>21}", executor.executor()))?;
        }
    }
    Ok(())
}

/// Serves a script that measures other executors in turn: writes one JSON line about all networks, then answers each
/// line `NETWORK EXECUTOR RUNS` (two indices and the runs of the turn) with the milliseconds per run.
fn serve(tasks: &[Task]) -> Outcome {
    let reports = tasks.iter().map(Task::report_outputs).collect::<Outcome<Vec<_>>>()?;
    answer(json!(reports))?;
    for line in std::io::stdin().lines() {
        let line = line?;
        let request: Option<Vec<usize>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
        match request.as_deref() {
            Some(&[network, executor, runs])
                if network < tasks.len() && executor < tasks[network].executors.len() && runs > 0 =>
            {
                answer(tasks[network].turn(executor, runs as u64)?)?;
            }
            _ => return Err(Failure::new(format!("{line:?} is not a request: expected NETWORK EXECUTOR RUNS"))),
        }
    }
    Ok(())
}
