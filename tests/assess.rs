//! Numbers that compare images, against references of a few slow, obvious lines.

use std::f64::consts::{PI, TAU};

use abbe::assess::{Assessment, Image, Request, Rings, Threshold, assess, decorrelation, measure};
use abbe::codes::Metric;
use abbe::noise::Stated;
use abbe::runtime::{Job, Watch, Workers};

/// A scene with structure of all sizes, and the same with noise and another scale.
fn pair(shape: [usize; 3]) -> [Vec<f32>; 2] {
    let [_, ny, nx] = shape;
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut one = Vec::new();
    let mut other = Vec::new();
    for at in 0..shape.iter().product::<usize>() {
        let (z, y, x) = ((at / (ny * nx)) as f64, (at / nx % ny) as f64, (at % nx) as f64);
        let scene =
            40.0 + 20.0 * (0.3 * x + 0.1 * y * z).sin() * (0.2 * y + 0.5 * z).cos() + 10.0 * (0.9 * x - 0.7 * y).sin();
        one.push(scene as f32);
        other.push((0.8 * scene + 5.0 + 12.0 * random()) as f32);
    }
    [one, other]
}

fn value(metric: Metric, image: &[f32], reference: &[f32], shape: [usize; 3]) -> f64 {
    let workers = Workers::new(2).unwrap();
    let [image, reference] = [image, reference].map(|samples| Image::new("image", samples, shape).unwrap());
    measure(metric, &image, &reference, None, Job::from(&workers)).unwrap()
}

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{got} instead of {expected}");
}

#[test]
fn errors_and_correlations_are_those_of_their_formulas() {
    let shape = [1, 40, 52];
    let [reference, image] = pair(shape);
    let n = reference.len() as f64;
    let [x, y] = [&reference, &image].map(|samples| samples.iter().map(|value| f64::from(*value)).collect::<Vec<_>>());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let range = x.iter().fold(f64::MIN, |a, b| a.max(*b)) - x.iter().fold(f64::MAX, |a, b| a.min(*b));
    let square = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum::<f64>() / n;
    close(value(Metric::Psnr, &image, &reference, shape), 20.0 * range.log10() - 10.0 * square.log10());
    let power = x.iter().map(|x| x * x).sum::<f64>() / n;
    close(value(Metric::Nrmse, &image, &reference, shape), (square / power).sqrt());
    let [cx, cy] = [&x, &y].map(|values| values.iter().map(|value| value - mean(values)).collect::<Vec<_>>());
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    close(value(Metric::Rsp, &image, &reference, shape), dot(&cx, &cy) / (dot(&cx, &cx) * dot(&cy, &cy)).sqrt());
    let scale = dot(&cx, &cy) / dot(&cy, &cy);
    let left = cx.iter().zip(&cy).map(|(x, y)| (x - scale * y).powi(2)).sum::<f64>() / n;
    close(value(Metric::ScaleInvariantPsnr, &image, &reference, shape), 10.0 * (range * range / left).log10());
    assert_eq!(value(Metric::Psnr, &image, &image, shape), f64::INFINITY);
}

/// SSIM window by window, of x and `alpha` times y.
fn slow_ssim([x, y]: [&[f64]; 2], [ny, nx]: [usize; 2], weights: &[f64], sample: f64, range: f64, alpha: f64) -> f64 {
    let size = weights.len();
    let (c1, c2) = ((0.01 * range).powi(2), (0.03 * range).powi(2));
    let mut sum = 0.0;
    for (top, left) in (0..=ny - size).flat_map(|top| (0..=nx - size).map(move |left| (top, left))) {
        let over = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            let places = (0..size).flat_map(|j| (0..size).map(move |i| (j, i)));
            places
                .map(|(j, i)| {
                    weights[j] * weights[i] * f(x[(top + j) * nx + left + i], alpha * y[(top + j) * nx + left + i])
                })
                .sum()
        };
        let (mx, my) = (over(&|a, _| a), over(&|_, b| b));
        let vx = sample * over(&|a, _| (a - mx).powi(2));
        let vy = sample * over(&|_, b| (b - my).powi(2));
        let cov = sample * over(&|a, b| (a - mx) * (b - my));
        sum += (2.0 * mx * my + c1) * (2.0 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
    }
    sum / ((ny - size + 1) * (nx - size + 1)) as f64
}

#[test]
fn similarities_are_those_of_windows_one_by_one() {
    let (shape, grid) = ([1, 24, 31], [24, 31]);
    let [reference, image] = pair(shape);
    let [x, y] = [&reference, &image].map(|samples| samples.iter().map(|value| f64::from(*value)).collect::<Vec<_>>());
    let range = |x: &[f64]| x.iter().fold(f64::MIN, |a, b| a.max(*b)) - x.iter().fold(f64::MAX, |a, b| a.min(*b));
    let gauss: Vec<f64> = (-5..=5).map(|at| (-0.5 * (f64::from(at) / 1.5).powi(2)).exp()).collect();
    let gauss: Vec<f64> = gauss.iter().map(|weight| weight / gauss.iter().sum::<f64>()).collect();
    let uniform = [1.0 / 7.0; 7];
    close(value(Metric::Ssim, &image, &reference, shape), slow_ssim([&x, &y], grid, &gauss, 1.0, range(&x), 1.0));
    let even = slow_ssim([&x, &y], grid, &uniform, 49.0 / 48.0, range(&x), 1.0);
    close(value(Metric::SsimUniform, &image, &reference, shape), even);
    // MicroSSIM: after the third percentile is gone, the best of many scales.
    let percentile = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let place = 0.03 * (sorted.len() - 1) as f64;
        sorted[place as usize] + place.fract() * (sorted[place as usize + 1] - sorted[place as usize])
    };
    let (low, own) = (percentile(&x), percentile(&y));
    let most = x.iter().fold(f64::MIN, |a, b| a.max(*b)) - low;
    let x: Vec<f64> = x.iter().map(|x| (x - low) / most).collect();
    let y: Vec<f64> = y.iter().map(|y| (y - own) / most).collect();
    // The scale is found in windows of equal weight, the value is that in Gaussian ones.
    let even = |scale: f64| slow_ssim([&x, &y], grid, &uniform, 49.0 / 48.0, range(&x), scale);
    let (mut low, mut high) = (0.5, 2.0);
    for _ in 0..45 {
        let third = (high - low) / 3.0;
        if even(low + third) < even(high - third) { low += third } else { high -= third }
    }
    let best = slow_ssim([&x, &y], grid, &gauss, 121.0 / 120.0, range(&x), 0.5 * (low + high));
    close(value(Metric::MicroSsim, &image, &reference, shape), best);
}

#[test]
fn rings_are_those_of_a_slow_transform() {
    let workers = Workers::new(2).unwrap();
    for (shape, aspect) in [([1, 20, 24], 1.0), ([6, 10, 9], 2.5)] {
        let [_, ny, nx] = shape;
        let images = pair(shape);
        let edge = |at: usize, n: usize| {
            let inside = (at as f64 + 0.5).min(n as f64 - at as f64 - 0.5) / (n as f64 / 8.0);
            if n < 16 || inside >= 1.0 { 1.0 } else { 0.5 - 0.5 * (PI * inside).cos() }
        };
        let place = |at: usize| [at / (ny * nx), at / nx % ny, at % nx];
        let spectra = images.each_ref().map(|image| {
            let mean = image.iter().map(|value| f64::from(*value)).sum::<f64>() / image.len() as f64;
            let tapered: Vec<f64> = (0..image.len())
                .map(|at| {
                    (0..3).fold(f64::from(image[at]) - mean, |value, axis| value * edge(place(at)[axis], shape[axis]))
                })
                .collect();
            let at_frequency = |k: usize| {
                tapered.iter().enumerate().fold((0.0, 0.0), |(re, im), (at, value)| {
                    let turns: f64 =
                        (0..3).map(|axis| (place(at)[axis] * place(k)[axis]) as f64 / shape[axis] as f64).sum();
                    (re + value * (TAU * turns).cos(), im - value * (TAU * turns).sin())
                })
            };
            (0..image.len()).map(at_frequency).collect::<Vec<_>>()
        });
        let extent = ny.min(nx);
        let mut sums = vec![[0.0; 4]; extent / 2 + 1];
        for (k, (a, b)) in spectra[0].iter().zip(&spectra[1]).enumerate() {
            let signed = |axis: usize| {
                let at = place(k)[axis] as f64;
                (if 2.0 * at > shape[axis] as f64 { at - shape[axis] as f64 } else { at }) / shape[axis] as f64
            };
            let radius = ((signed(0) / aspect).powi(2) + signed(1).powi(2) + signed(2).powi(2)).sqrt() * extent as f64;
            let Some(ring) = sums.get_mut((radius + 0.5) as usize) else { continue };
            for (sum, term) in
                ring.iter_mut().zip([a.0 * b.0 + a.1 * b.1, a.0 * a.0 + a.1 * a.1, b.0 * b.0 + b.1 * b.1, 1.0])
            {
                *sum += term;
            }
        }
        let mut rings = Rings::new(shape, aspect, Job::from(&workers)).unwrap();
        let [one, other] = images.each_ref().map(|samples| Image::new("image", samples, shape).unwrap());
        let curve = rings.correlate(&one, &other).unwrap();
        assert_eq!(curve.correlations.len(), sums.len());
        for (ring, sum) in sums.iter().enumerate() {
            assert_eq!(curve.counts[ring], sum[3]);
            let expected = sum[0] / (sum[1] * sum[2]).sqrt();
            // What is left of the mean in single precision decides about the first ring.
            assert!(
                ring == 0 || (curve.correlations[ring] - expected).abs() < 1e-6,
                "{ring}: {} {expected}",
                curve.correlations[ring]
            );
        }
        assert!(curve.resolution(Threshold::Seventh).is_none_or(|(pixels, error)| pixels >= 2.0 && error >= 0.0));
    }
}

#[test]
fn what_has_no_answer_is_said() {
    let workers = Workers::new(1).unwrap();
    let (flat, other) = (vec![3.0; 64], vec![1.0; 64]);
    let told = |metric, shape| {
        let [image, reference] = [&other, &flat].map(|samples| Image::new("image", samples, shape).unwrap());
        measure(metric, &image, &reference, None, Job::from(&workers)).unwrap_err().to_string()
    };
    assert!(told(Metric::Psnr, [1, 8, 8]).contains("range is 0"));
    assert!(told(Metric::Rsp, [1, 8, 8]).contains("constant"));
    assert!(told(Metric::MicroSsim, [1, 8, 8]).contains("constant"));
    let [reference, image] = pair([1, 8, 8]);
    let [image, reference] = [&image, &reference].map(|samples| Image::new("image", samples, [1, 8, 8]).unwrap());
    let small = measure(Metric::Ssim, &image, &reference, None, Job::from(&workers)).unwrap_err().to_string();
    assert!(small.contains("11 x 11"), "{small}");
    assert!(
        Image::new("image", &[1.0, f32::NAN], [1, 1, 2])
            .err()
            .unwrap()
            .to_string()
            .contains("NaN at z, y, x = [0, 0, 1]")
    );
}

/// Decorrelation analysis as the paper and its program have it, with every mask and filter applied to every frequency.
struct Slow {
    /// R, |F| at each frequency with R < 1.
    frequencies: Vec<(f64, f64)>,
    extent: f64,
}

impl Slow {
    fn new(plane: &[f32], n: usize) -> Self {
        let mean = plane.iter().map(|value| f64::from(*value)).sum::<f64>() / plane.len() as f64;
        let edge = |at: usize| {
            let inside = at.min(n - 1 - at) as f64 / 19.0_f64.min(n as f64 / 8.0);
            if inside >= 1.0 { 1.0 } else { 0.5 - 0.5 * (PI * inside).cos() }
        };
        let tapered: Vec<f64> =
            (0..n * n).map(|at| (f64::from(plane[at]) - mean) * edge(at / n) * edge(at % n)).collect();
        let half = n as i64 / 2;
        let turn = |k: i64, at: usize| TAU * (k * at as i64) as f64 / n as f64;
        let mut frequencies = Vec::new();
        for kx in -half..=half {
            let rows: Vec<(f64, f64)> = tapered
                .chunks_exact(n)
                .map(|row| {
                    row.iter().enumerate().fold((0.0, 0.0), |(re, im), (x, value)| {
                        (re + value * turn(kx, x).cos(), im - value * turn(kx, x).sin())
                    })
                })
                .collect();
            for ky in -half..=half {
                let (re, im) = rows.iter().enumerate().fold((0.0, 0.0), |(re, im), (y, row)| {
                    let (cos, sin) = (turn(ky, y).cos(), -turn(ky, y).sin());
                    (re + row.0 * cos - row.1 * sin, im + row.0 * sin + row.1 * cos)
                });
                let radius = 2.0 * (kx as f64).hypot(ky as f64) / (n - 1) as f64;
                if radius < 1.0 {
                    frequencies.push((radius, f64::hypot(re, im)));
                }
            }
        }
        Self { frequencies, extent: n as f64 }
    }

    fn peak(&self, g: f64, from: f64, to: f64) -> (f64, f64) {
        let gain = |radius: f64| if g.is_infinite() { 1.0 } else { 1.0 - (-2.0 * g * g * radius * radius).exp() };
        let power: f64 = self.frequencies.iter().map(|(radius, value)| (gain(*radius) * value).powi(2)).sum();
        let mut curve: Vec<(f64, f64)> = (0..50)
            .map(|at| {
                let r = from + (to - from) * f64::from(at) / 49.0;
                let inside = || self.frequencies.iter().filter(|(radius, _)| *radius < r);
                let sum: f64 = inside().map(|(radius, value)| gain(*radius) * value).sum();
                let d = if inside().count() > 0 { sum / (power * inside().count() as f64).sqrt() } else { 0.0 };
                (r, (1000.0 * d).floor() / 1000.0)
            })
            .collect();
        let whole = curve.clone();
        while let Some(last) = curve.last().copied() {
            let highest =
                curve.iter().copied().fold((0.0, f64::MIN), |top, point| if point.1 > top.1 { point } else { top });
            if highest == last && curve.len() > 1 {
                curve.pop();
                continue;
            }
            let later =
                whole.iter().filter(|point| point.0 >= highest.0).fold(f64::MAX, |least, point| least.min(point.1));
            if highest.0 > from && highest.1 - later >= 5e-4 {
                return highest;
            }
            if highest.0 <= from {
                break;
            }
            curve.retain(|point| point.0 < highest.0);
        }
        whole[0]
    }

    fn cutoff(&self) -> f64 {
        let first = self.peak(f64::INFINITY, 0.0, 1.0);
        let spaced =
            |from: f64, to: f64| (0..10).map(move |at| (from.ln() + (to.ln() - from.ln()) * f64::from(at) / 9.0).exp());
        let filters: Vec<f64> = std::iter::once(self.extent / 4.0).chain(spaced(2.0 / first.0, 0.15)).collect();
        let mut all = vec![first];
        all.extend(filters.iter().map(|g| self.peak(*g, 0.0, 1.0)));
        let highest = all.iter().fold(0.0_f64, |most, peak| most.max(peak.0));
        let best = all.iter().rposition(|peak| peak.0 == highest).unwrap();
        let (low, high) = match best {
            0 => (self.extent, filters[0]),
            10.. => (filters[best - 2], filters[best - 1]),
            _ => (filters[best - 1], filters[best]),
        };
        all.truncate(11);
        let (from, to) = ((highest - 1.0 / 49.0).max(0.0), (highest + 0.4).min(1.0));
        all.extend(spaced(low, high).map(|g| self.peak(g, from, to)));
        all.iter().filter(|peak| peak.1 >= 0.05).fold(0.0, |most, peak| most.max(peak.0))
    }
}

#[test]
fn decorrelation_is_that_of_its_definition() {
    let workers = Workers::new(2).unwrap();
    let n = 65;
    for (width, light) in [(1.2, 400.0), (2.0, 2000.0), (3.0, 300.0)] {
        let mut state = 11_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24)
        };
        let dots: Vec<_> = (0..60).map(|_| (random() * n as f64, random() * n as f64)).collect();
        let plane: Vec<f32> = (0..n * n)
            .map(|at| {
                let squares = |dot: &(f64, f64)| ((at / n) as f64 - dot.0).powi(2) + ((at % n) as f64 - dot.1).powi(2);
                let mean =
                    10.0 + dots.iter().map(|dot| light * (-0.5 * squares(dot) / (width * width)).exp()).sum::<f64>();
                let normal = (0..12).map(|_| random()).sum::<f64>() - 6.0;
                (mean + mean.sqrt() * normal) as f32
            })
            .collect();
        let found = decorrelation(&Image::new("plane", &plane, [1, n, n]).unwrap(), Job::from(&workers)).unwrap();
        let expected = Slow::new(&plane, n).cutoff();
        assert!((found.cutoff / expected - 1.0).abs() < 0.01, "{} instead of {expected}", found.cutoff);
        assert!(found.resolution().unwrap() > width, "{:?} of {width}", found.resolution());
    }
}

/// A scene of dots blurred by a Gaussian, as photons show it, and the scene less blurred.
fn photographed(side: usize, light: f64) -> (Vec<f32>, Vec<f32>) {
    photographed_at(side, light, 1, [0.0; 2])
}

/// The same, the scene on a grid of `finer` samples for each of the image's, displaced by `shift` of these.
fn photographed_at(side: usize, light: f64, finer: usize, shift: [f64; 2]) -> (Vec<f32>, Vec<f32>) {
    let mut random = uniform(6);
    let raw = dots(side, light, 2.0).into_iter().map(|mean| photons(mean, &mut random));
    (raw.collect(), dots_at(side, light, 1.0, finer, shift))
}

/// Numbers of 0 to 1.
fn uniform(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    }
}

/// A sample of that mean.
fn photons(mean: f32, random: &mut impl FnMut() -> f64) -> f32 {
    let normal = (0..12).map(|_| random()).sum::<f64>() - 6.0;
    (f64::from(mean) + f64::from(mean).sqrt() * normal) as f32
}

/// The scene without noise, blurred by a Gaussian of `width` samples.
fn dots(side: usize, light: f64, width: f64) -> Vec<f32> {
    dots_at(side, light, width, 1, [0.0; 2])
}

fn dots_at(side: usize, light: f64, width: f64, finer: usize, shift: [f64; 2]) -> Vec<f32> {
    let mut random = uniform(5);
    let dots: Vec<_> = (0..side).map(|_| (random() * side as f64, random() * side as f64)).collect();
    let value = |at: usize| {
        let along = |at: usize, by: f64| (at as f64 + 0.5) / finer as f64 - 0.5 - by;
        let (y, x) = (along(at / (finer * side), shift[0]), along(at % (finer * side), shift[1]));
        let square = |dot: &(f64, f64)| (y - dot.0).powi(2) + (x - dot.1).powi(2);
        let light_of = |dot| light * (-0.5 * square(dot) / (width * width)).exp() / (width * width);
        (20.0 + dots.iter().map(light_of).sum::<f64>()) as f32
    };
    (0..finer * finer * side * side).map(value).collect()
}

/// The request that most tests make.
fn request<'a>(raw: &'a [f32], result: &'a [f32], shape: [usize; 3]) -> Request<'a> {
    Request {
        raw: Image { samples: raw, shape },
        result: Image { samples: result, shape },
        reference: None,
        mask: None,
        kernel: None,
        stated: Stated { gain: Some(1.0), offset: Some(0.0), read_noise: Some(0.0), correlation: None },
        pixel_nm: None,
        aspect: 1.0,
        draws: 2,
        splits: 1,
        align: false,
        deadline: None,
    }
}

fn assessed(request: &Request) -> Assessment {
    let (workers, control) = (Workers::new(2).unwrap(), abbe::runtime::Control::new());
    let mut listener = |_| abbe::runtime::Answer::Continue;
    assess(request, None, Job::new(&workers, &control), &mut Watch::new(&control, &mut listener)).unwrap()
}

fn number(found: &Assessment, part: &str, key: &str) -> f64 {
    found.report[part][key].as_f64().unwrap_or_else(|| panic!("{part}.{key}: {}", found.report[part]))
}

/// A number and its error without one of 8 x 8 parts at a time, the parts cut as images are.
fn slow_jackknife([ny, nx]: [usize; 2], number: impl Fn(&dyn Fn(usize) -> bool) -> f64) -> [f64; 2] {
    let part = |at: usize| {
        let column = (0..8).find(|column| at % nx < (column + 1) * nx / 8).unwrap();
        (at / nx % ny) * 8 / ny * 8 + column
    };
    let without: Vec<f64> = (0..64).map(|out| number(&|at| part(at) != out)).collect();
    let mean = without.iter().sum::<f64>() / 64.0;
    let squares: f64 = without.iter().map(|one| (one - mean).powi(2)).sum();
    [number(&|_| true), (63.0 / 64.0 * squares).sqrt()]
}

#[test]
fn samples_that_were_not_measured_count_in_nothing_and_errors_are_those_of_leaving_parts_out() {
    let shape = [1, 130, 141];
    let [reference, mut image] = pair(shape);
    let gap = |at: usize| (30..41).contains(&(at / 141)) && (50..70).contains(&(at % 141)) || at == 100 * 141 + 100;
    image.iter_mut().enumerate().filter(|(at, _)| gap(*at)).for_each(|(_, value)| *value = f32::NAN);
    let mut request = request(&image, &reference, shape);
    request.reference = Some(Image { samples: &image, shape });
    let found = assessed(&request);
    let kept = |inside: &dyn Fn(usize) -> bool| -> Vec<(f64, f64)> {
        let inside = (0..image.len()).filter(|at| !gap(*at) && inside(*at));
        inside.map(|at| (f64::from(image[at]), f64::from(reference[at]))).collect()
    };
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    };
    let range = kept(&|_| true).iter().fold(f64::MIN, |a, b| a.max(b.0))
        - kept(&|_| true).iter().fold(f64::MAX, |a, b| a.min(b.0));
    let psnr = |inside: &dyn Fn(usize) -> bool| {
        20.0 * range.log10() - 10.0 * mean(&mut kept(inside).iter().map(|(x, y)| (x - y).powi(2))).log10()
    };
    let nrmse = |inside: &dyn Fn(usize) -> bool| {
        let pairs = kept(inside);
        (mean(&mut pairs.iter().map(|(x, y)| (x - y).powi(2))) / mean(&mut pairs.iter().map(|(x, _)| x * x))).sqrt()
    };
    let rsp = |inside: &dyn Fn(usize) -> bool| {
        let pairs = kept(inside);
        let (a, b) = (mean(&mut pairs.iter().map(|pair| pair.0)), mean(&mut pairs.iter().map(|pair| pair.1)));
        let moment = |f: &dyn Fn(f64, f64) -> f64| mean(&mut pairs.iter().map(|(x, y)| f(x - a, y - b)));
        moment(&|x, y| x * y) / (moment(&|x, _| x * x) * moment(&|_, y| y * y)).sqrt()
    };
    let flux = |inside: &dyn Fn(usize) -> bool| {
        let pairs = kept(inside);
        mean(&mut pairs.iter().map(|pair| pair.1)) / mean(&mut pairs.iter().map(|pair| pair.0))
    };
    let slow = [
        ("reference", "psnr", slow_jackknife([130, 141], psnr)),
        ("reference", "nrmse", slow_jackknife([130, 141], nrmse)),
        ("reference", "rsp", slow_jackknife([130, 141], rsp)),
        ("intensities", "flux_ratio", slow_jackknife([130, 141], flux)),
    ];
    for (part, key, [value, error]) in slow {
        close(self::number(&found, part, key), value);
        close(self::number(&found, part, &format!("{key}_deviation")), error);
    }
    // Windows of similarity that touch a gap are none.
    let (x, y) = (image.iter().map(|v| f64::from(*v)), reference.iter().map(|v| f64::from(*v)));
    let (x, y): (Vec<_>, Vec<_>) = (x.collect(), y.collect());
    let (mut sum, mut count) = (0.0, 0.0);
    for (top, left) in (0..=130 - 7).flat_map(|top| (0..=141 - 7).map(move |left| (top, left))) {
        let window =
            |values: &[f64]| -> Vec<f64> { (0..49).map(|at| values[(top + at / 7) * 141 + left + at % 7]).collect() };
        let (a, b) = (window(&x), window(&y));
        if a.iter().all(|value| !value.is_nan()) {
            sum += slow_ssim([&a, &b], [7, 7], &[1.0 / 7.0; 7], 49.0 / 48.0, range, 1.0);
            count += 1.0;
        }
    }
    close(self::number(&found, "reference", "ssim_uniform"), sum / count);
    let maps = &found.maps;
    for (at, value) in maps.error.iter().enumerate() {
        assert_eq!([value.is_nan(), maps.residual[at].is_nan()], [gap(at); 2], "{at}");
        assert!(maps.suspicion[at].is_nan() || !gap(at), "{at}");
    }
}

#[test]
fn constants_and_huge_samples_give_no_numbers_without_meaning() {
    let shape = [1, 32, 40];
    let [_, image] = pair(shape);
    let flat = vec![0.1; image.len()];
    let mut constant = request(&flat, &flat, shape);
    constant.reference = Some(Image { samples: &flat, shape });
    let found = assessed(&constant).report;
    assert_eq!(found["reference"]["frc"]["valid"], false);
    for part in [&found["reference"]["frc"], &found["frc_raw"], &found["forward"]] {
        let keys: Vec<_> = part.as_object().unwrap().keys().collect();
        assert!(keys == ["reason", "valid"] && part["valid"] == false && part["reason"].is_string(), "{part}");
    }
    for key in ["rsp", "scale", "offset", "sigma_px"] {
        assert!(found["squirrel"][key].is_null() && found["squirrel"][format!("{key}_deviation")].is_null(), "{key}");
    }
    assert!(found["decorrelation_raw"]["cutoff"].is_null() && found["seams"]["x"]["at_px"].is_null());
    // A result that is the raw image differs from it by nothing, not even by rounding.
    let same = assessed(&request(&image, &image, shape));
    for (part, key, value) in [("squirrel", "rse", 0.0), ("squirrel", "offset", 0.0), ("forward", "chi_square", 0.0)] {
        assert_eq!(number(&same, part, key), value, "{key}");
        assert_eq!(number(&same, part, &format!("{key}_deviation")), 0.0, "{key}");
    }
    let huge: Vec<f32> = image.iter().map(|value| value * 1e13).collect();
    let found = assessed(&request(&huge, &image, shape));
    assert!(found.maps.error.iter().chain(&found.maps.residual).all(|v| v.is_finite()));
    assert!(found.maps.suspicion.iter().all(|v| v.is_nan() || v.is_finite()));
    let beyond: Vec<f32> = image.iter().map(|value| value * 1e36).collect();
    assert!(Image::new("image", &beyond, shape).err().unwrap().to_string().contains("1e15"));
}

#[test]
fn results_on_finer_grids_and_displaced_ones_are_found_and_brought_back() {
    let side = 96;
    let shape = [1, side, side];
    let (raw, sharp) = photographed(side, 3000.0);
    let plain = assessed(&request(&raw, &sharp, shape));
    // The same dots on a grid of half the distance, and displaced by (0.7, -1.6) samples of the raw image.
    let (_, fine) = photographed_at(side, 3000.0, 2, [0.7, -1.6]);
    let mut finer = request(&raw, &fine, shape);
    finer.result.shape = [1, 2 * side, 2 * side];
    let (workers, control) = (Workers::new(1).unwrap(), abbe::runtime::Control::new());
    let mut listener = |_| abbe::runtime::Answer::Continue;
    let refused = assess(&finer, None, Job::new(&workers, &control), &mut Watch::new(&control, &mut listener));
    let text = refused.err().unwrap().to_string();
    assert!(text.contains("assess.align") && text.contains("2.0000"), "{text}");
    finer.align = true;
    finer.reference = Some(Image { samples: &sharp, shape });
    let found = assessed(&finer);
    assert_eq!(found.report["grid"]["scale"], serde_json::json!([1.0, 2.0, 2.0]));
    assert_eq!(
        (found.maps.error.len(), &found.report["shape"]),
        (fine.len(), &serde_json::json!([1, 2 * side, 2 * side]))
    );
    for (axis, expected) in [(1, 0.7), (2, -1.6)] {
        let moved = &found.report["shift_px"][axis];
        assert!((moved["value"].as_f64().unwrap() - expected).abs() < 0.03, "{moved}");
        assert_eq!(found.report["grid"]["corrected_px"][axis], moved["value"]);
        let of_reference = found.report["reference"]["corrected_px"][axis].as_f64().unwrap();
        assert!((of_reference + 2.0 * expected).abs() < 0.02, "{of_reference}");
    }
    // Of the same brightness on both grids, and so of the same light.
    assert!((number(&found, "intensities", "flux_ratio") - number(&plain, "intensities", "flux_ratio")).abs() < 0.02);
    // As well explained as the result that lies right.
    let chi = |of: &Assessment| number(of, "forward", "chi_square");
    assert!(chi(&found) < chi(&plain) + 0.1, "{} {}", chi(&found), chi(&plain));
    assert!(number(&found, "squirrel", "rsp") > number(&plain, "squirrel", "rsp") - 0.002);
    assert!(number(&found, "suspicion", "greatest") < 1.0, "{}", found.report["suspicion"]);
    // What is brought from beyond the rims, 3 of 192 columns, is not known.
    assert!(number(&found, "reference", "rsp") > 0.99, "{}", found.report["reference"]["rsp"]);
    // Without being asked to, a shift is said and nothing is taken away.
    let (_, moved) = photographed_at(side, 3000.0, 1, [0.7, -1.6]);
    let said = assessed(&request(&raw, &moved, shape));
    assert!((said.report["shift_px"][2]["value"].as_f64().unwrap() + 1.6).abs() < 0.03, "{}", said.report["shift_px"]);
    assert!(said.report["grid"]["corrected_px"].is_null());
}

#[test]
fn far_shifts_are_found_to_their_errors_and_images_of_other_places_are_not_taken_for_displaced() {
    let side = 112;
    let shape = [1, side, side];
    for light in [60.0, 2000.0] {
        let (raw, _) = photographed(side, light);
        for shift in [[3.0, -1.8], [-6.4, 3.1], [14.0, 9.5]] {
            let (_, moved) = photographed_at(side, light, 1, shift);
            let found = assessed(&request(&raw, &moved, shape)).report;
            for (axis, expected) in [(1, shift[0]), (2, shift[1])] {
                let [value, error] = ["value", "error"].map(|key| found["shift_px"][axis][key].as_f64().unwrap());
                assert!((value - expected).abs() < 4.0 * error && error < 0.1, "{value} ± {error} of {expected}");
            }
        }
        let (_, mut turned) = photographed(side, light);
        turned.reverse();
        let found = assessed(&request(&raw, &turned, shape)).report;
        assert!(found["grid"]["valid"] == false && found["grid"]["reason"].is_string(), "{}", found["grid"]);
        assert_eq!(found["shift_px"], serde_json::json!([null, null, null]));
    }
}

#[test]
fn stated_errors_are_those_of_repeated_images() {
    let side = 96;
    let shape = [1, side, side];
    let [clean, sharp] = [2.0, 1.0].map(|width| dots(side, 1500.0, width));
    let mut random = uniform(77);
    let mut found: [Vec<[f64; 2]>; 5] = Default::default();
    for _ in 0..30 {
        let raw: Vec<f32> = clean.iter().map(|mean| photons(*mean, &mut random)).collect();
        let told = assessed(&request(&raw, &sharp, shape));
        let pair = |part: &str, key: &str| [number(&told, part, key), number(&told, part, &format!("{key}_deviation"))];
        found[0].push(pair("squirrel", "sigma_px"));
        found[1].push(pair("squirrel", "scale"));
        found[2].push(pair("forward", "chi_square"));
        for (at, axis) in [(3, 1), (4, 2)] {
            let moved = &told.report["shift_px"][axis];
            found[at].push(["value", "error"].map(|key| moved[key].as_f64().unwrap()));
        }
    }
    for (at, pairs) in found.iter().enumerate() {
        let mean = |of: &dyn Fn(&[f64; 2]) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
        let centre = mean(&|pair| pair[0]);
        let scatter = (mean(&|pair| (pair[0] - centre).powi(2)) * 30.0 / 29.0).sqrt();
        let ratio = mean(&|pair| pair[1]) / scatter;
        // A scatter of 30 is known to 13 %; parts that differ by their specimen add to what the jackknife says of scales.
        assert!((0.65..2.0).contains(&ratio), "{at}: {ratio}, scatter {scatter}");
    }
}

#[test]
fn the_curve_of_the_optical_support_is_that_of_a_slow_transform() {
    let (ny, nx) = (32, 40);
    let shape = [1, ny, nx];
    let [result, raw] = pair(shape);
    let (sigma, side) = (1.5, 13);
    let kernel: Vec<f32> = (0..side * side)
        .map(|at| {
            let square = |at: usize| (at as f64 - 6.0).powi(2);
            (-0.5 * (square(at / side) + square(at % side)) / (sigma * sigma)).exp() as f32
        })
        .collect();
    let kernel = abbe::psf::Kernel::new([1, side, side], kernel).unwrap();
    let mut request = request(&raw, &result, shape);
    request.kernel = Some(&kernel);
    let found = assessed(&request);
    let edge = |at: usize, n: usize| {
        let inside = (at as f64 + 0.5).min(n as f64 - at as f64 - 0.5) / (n as f64 / 8.0);
        if inside >= 1.0 { 1.0 } else { 0.5 - 0.5 * (PI * inside).cos() }
    };
    let mean = result.iter().map(|value| f64::from(*value)).sum::<f64>() / result.len() as f64;
    let mut rings = vec![[0.0; 3]; ny / 2 + 1];
    let (mut all, mut beyond) = (0.0, 0.0);
    for (ky, kx) in (0..ny).flat_map(|ky| (0..nx).map(move |kx| (ky, kx))) {
        let signed = |k: usize, n: usize| (if 2 * k > n { k as f64 - n as f64 } else { k as f64 }) / n as f64;
        let (fy, fx) = (signed(ky, ny), signed(kx, nx));
        let sum = |values: &mut dyn Iterator<Item = (f64, f64, f64)>| {
            let (re, im) = values.fold((0.0, 0.0), |(re, im), (y, x, value)| {
                let turns = TAU * (fy * y + fx * x);
                (re + value * turns.cos(), im - value * turns.sin())
            });
            f64::hypot(re, im)
        };
        let energy = sum(&mut result.iter().enumerate().map(|(at, value)| {
            let (y, x) = (at / nx, at % nx);
            (y as f64, x as f64, (f64::from(*value) - mean) * edge(y, ny) * edge(x, nx))
        }))
        .powi(2);
        let transfer = sum(&mut kernel
            .samples()
            .iter()
            .enumerate()
            .map(|(at, value)| ((at / side) as f64, (at % side) as f64, f64::from(*value))));
        let radius = fy.hypot(fx);
        all += energy;
        // The transfer function falls with the frequency: beyond is where it is below a hundredth.
        beyond += if transfer < 0.01 { energy } else { 0.0 };
        if let Some(ring) = rings.get_mut((radius * ny as f64 + 0.5) as usize) {
            ring.iter_mut().zip([energy, transfer, 1.0]).for_each(|(sum, term)| *sum += term);
        }
    }
    assert!((number(&found, "support", "beyond_limit") - beyond / all).abs() < 1e-5);
    let curve = &found.report["support"]["curve"];
    for (at, ring) in rings.iter().enumerate() {
        assert!((curve["energy"][at].as_f64().unwrap() - ring[0] / all).abs() < 1e-5, "{at}");
        assert!((curve["transfer"][at].as_f64().unwrap() - ring[1] / ring[2]).abs() < 1e-5, "{at}");
    }
}

#[test]
fn steps_between_tiles_are_found_and_edges_of_the_specimen_are_none() {
    let (raw, _) = photographed(96, 600.0);
    let shape = [1, 96, 96];
    let mut result = raw.clone();
    let seams = |result: &[f32]| assessed(&request(&raw, result, shape)).report["seams"].clone();
    let without = seams(&result);
    assert!(without["x"]["greatest"].as_f64().unwrap() < 6.0, "{without}");
    result.iter_mut().enumerate().filter(|(at, _)| at % 96 >= 40).for_each(|(_, value)| *value += 25.0);
    let with = seams(&result);
    assert!(with["x"]["greatest"].as_f64().unwrap() > 8.0 && with["x"]["at_px"] == 40, "{with}");
    // Added in single precision, so not to the bit.
    assert!((with["y"]["greatest"].as_f64().unwrap() - without["y"]["greatest"].as_f64().unwrap()).abs() < 1e-3);
}

#[test]
fn a_true_result_is_believed_and_a_dot_that_was_added_is_not() {
    let side = 96;
    let (raw, mut sharp) = photographed(side, 600.0);
    let shape = [1, side, side];
    let told = |sharp: &[f32]| assessed(&request(&raw, sharp, shape));
    let honest = told(&sharp);
    // Blurred from 1 to 2 samples: by √3.
    assert!((number(&honest, "squirrel", "sigma_px") - 3.0_f64.sqrt()).abs() < 0.05, "{}", honest.report["squirrel"]);
    assert!((number(&honest, "squirrel", "scale") - 1.0).abs() < 0.03, "{}", honest.report["squirrel"]);
    assert!(
        (number(&honest, "forward", "chi_square") - 1.0).abs() < 0.06,
        "{}",
        honest.report["forward"]["chi_square"]
    );
    assert!(number(&honest, "suspicion", "greatest") < 1.0, "{}", honest.report["suspicion"]);
    let place = 40 * side + 50;
    for (at, value) in sharp.iter_mut().enumerate() {
        let square = ((at / side) as f64 - 40.0).powi(2) + ((at % side) as f64 - 50.0).powi(2);
        *value += (400.0 * (-0.5 * square).exp()) as f32;
    }
    let lie = told(&sharp);
    assert!(lie.maps.suspicion[place] > 1.0 && lie.maps.suspicion[24 * side + 8] < 1.0, "{}", lie.report["suspicion"]);
    assert!(lie.maps.residual[place] < -3.0);
}

#[test]
fn nothing_is_said_of_the_rims_nor_where_nothing_was_measured() {
    let side = 96;
    let (raw, sharp) = photographed(side, 600.0);
    let kernel = abbe::psf::Kernel::new([1, 15, 15], vec![1.0 / 225.0; 225]).unwrap();
    let mut honest = request(&raw, &sharp, [1, side, side]);
    honest.kernel = Some(&kernel);
    let found = assessed(&honest);
    let margin = found.report["squirrel"]["margin_px"][1].as_u64().unwrap() as usize;
    assert!(margin >= 7, "{margin}");
    let inside = |at: usize| (margin..side - margin).contains(&at);
    for (at, suspicion) in found.maps.suspicion.iter().enumerate() {
        assert_eq!(suspicion.is_finite(), inside(at / side) && inside(at % side), "{at}");
    }
    // One row of what is measured lies in the rim.
    let mask: Vec<u8> = (0..side * side).map(|at| u8::from(at / side < 4)).collect();
    honest.mask = Some(&mask);
    let found = assessed(&honest);
    for part in ["forward", "suspicion"] {
        let part = &found.report[part];
        assert!(part["valid"] == false && part["reason"].is_string() && part.as_object().unwrap().len() == 2, "{part}");
    }
    assert!(found.maps.suspicion.iter().all(|value| value.is_nan()));
}

#[test]
fn a_mask_says_nothing_of_the_result_under_it() {
    let side = 96;
    let shape = [1, side, side];
    let (raw, sharp) = photographed(side, 600.0);
    let (width, camera) = (3.0_f64.sqrt(), 15);
    let gauss = |at: usize| {
        let square = |at: usize| (at as f64 - 7.0).powi(2);
        (-0.5 * (square(at / camera) + square(at % camera)) / (width * width)).exp() as f32
    };
    let kernel = abbe::psf::Kernel::new([1, camera, camera], (0..camera * camera).map(gauss).collect()).unwrap();
    let brightest = (0..sharp.len()).max_by(|a, b| sharp[*a].total_cmp(&sharp[*b])).unwrap();
    let (top, left) = (brightest / side, brightest % side);
    let near = |at: usize, by: usize| (at / side).abs_diff(top) <= by && (at % side).abs_diff(left) <= by;
    for known in [Some(&kernel), None] {
        let told = |raw: &[f32], sharp: &[f32], mask: Option<&[u8]>| {
            let mut request = request(raw, sharp, shape);
            (request.mask, request.kernel) = (mask, known);
            let found = assessed(&request);
            (number(&found, "suspicion", "greatest"), found)
        };
        let (plain, _) = told(&raw, &sharp, None);
        for by in [0, 2] {
            let mask: Vec<u8> = (0..raw.len()).map(|at| u8::from(!near(at, by))).collect();
            let under = |image: &[f32], value: f32| -> Vec<f32> {
                image.iter().enumerate().map(|(at, own)| if near(at, by) { value } else { *own }).collect()
            };
            // What the raw image is there changes nothing.
            let (honest, found) = told(&under(&raw, 4000.0), &sharp, Some(&mask));
            let (_, other) = told(&under(&raw, f32::INFINITY), &sharp, Some(&mask));
            assert!(honest < 1.0 && honest < plain + 0.2, "{honest} and {plain}");
            assert!(found.maps.suspicion.iter().zip(&other.maps.suspicion).all(|(a, b)| a.to_bits() == b.to_bits()));
            assert_eq!(found.report["squirrel"], other.report["squirrel"]);
            // The result is held to what it claims there, seen in what is around it.
            let (bright, _) = told(&raw, &under(&sharp, 5000.0), Some(&mask));
            assert!(bright > 1.0, "{bright}");
            // It claims nothing where it is NaN, or the raw image's own.
            let (_, none) = told(&raw, &under(&sharp, f32::NAN), Some(&mask));
            let (_, own) = told(&under(&raw, 4000.0), &under(&sharp, 4000.0), Some(&mask));
            assert_eq!(none.report["squirrel"], own.report["squirrel"]);
        }
    }
}
