//! The kernel of the robustness analysis on draws that are given, for `benches/robustness.py`.
//!
//! `robustness DIRECTORY REGIONS COMPONENTS DRAWS THREADS ROUNDS` reads `scores.f64` (component by
//! component) and `weights.f64` (draw by draw), little-endian, from the directory; ranks all regions in
//! each draw; writes each region's median, 5th and 95th percentile of rank and its share of draws among
//! the best ten to `spreads.f64`; and prints the seconds that each round took, one a line.

use std::{env, error::Error, fs, hint::black_box, path::Path, time::Instant};

use rayon::prelude::*;
use takar_domain::{
    exact::Exact,
    robustness::{Kernel, Mean, RankSpread, Sample, TOP_DEFAULT, Tally},
};

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds an option of its own.
    let given: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [directory, counts @ ..] = given.as_slice() else {
        return Err("give DIRECTORY REGIONS COMPONENTS DRAWS THREADS ROUNDS".into());
    };
    let counts: Vec<usize> = counts.iter().map(|count| count.parse()).collect::<Result<_, _>>()?;
    let [regions, components, draws, threads, rounds] = counts.as_slice() else {
        return Err("give DIRECTORY REGIONS COMPONENTS DRAWS THREADS ROUNDS".into());
    };
    let directory = Path::new(directory);
    let scores = read(&directory.join("scores.f64"), regions * components)?;
    let weights = read(&directory.join("weights.f64"), draws * components)?;
    let columns: Vec<_> = scores.chunks_exact(*regions).map(<[f64]>::to_vec).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(*threads).build()?;
    let mut spreads = Vec::new();
    for _ in 0..*rounds {
        let begin = Instant::now();
        spreads = pool.install(|| analyse(columns.clone(), &weights));
        println!("{}", begin.elapsed().as_secs_f64());
        black_box(&spreads);
    }
    write(&directory.join("spreads.f64"), &spreads)?;
    Ok(())
}

/// As an analysis does: each thread has a kernel's scratch and a tally of its own.
fn analyse(columns: Vec<Vec<f64>>, weights: &[f64]) -> Vec<RankSpread> {
    let components = columns.len();
    let regions = columns[0].len();
    let kernel = Kernel::new(columns, None, (0.0, 4.0));
    let share = (weights.len() / components).div_ceil(rayon::current_num_threads());
    let tally = |weights: &[f64]| {
        let (mut scratch, mut tally) = (kernel.scratch(), Tally::new(regions));
        for weights in weights.chunks_exact(components) {
            let sample = Sample { weights, columns: None, mean: Mean::Arithmetic };
            kernel.rank(&sample, &mut scratch);
            tally.add(scratch.ranks());
        }
        tally
    };
    let tallies = weights.par_chunks(share * components).map(tally);
    tallies.reduce(|| Tally::new(regions), Tally::merge).spreads(TOP_DEFAULT)
}

fn read(path: &Path, count: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let (numbers, rest) = bytes.as_chunks();
    if numbers.len() != count || !rest.is_empty() {
        return Err(format!("{} has not {count} numbers", path.display()).into());
    }
    Ok(numbers.iter().map(|number| f64::from_le_bytes(*number)).collect())
}

fn write(path: &Path, spreads: &[RankSpread]) -> Result<(), Box<dyn Error>> {
    let numbers = spreads.iter().flat_map(|spread| {
        let RankSpread { median, fifth_percentile, ninety_fifth_percentile, top_share } = spread;
        [median, fifth_percentile, ninety_fifth_percentile, top_share].map(Exact::approximate)
    });
    let bytes: Vec<_> = numbers.flat_map(f64::to_le_bytes).collect();
    Ok(fs::write(path, bytes)?)
}
