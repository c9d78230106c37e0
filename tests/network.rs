//! Networks against what Python's ONNX Runtime gives for the whole image (`tests/data/network/make_networks.py`).

mod network_support;

use std::sync::Arc;

use abbe::network::{Model, describe};
use abbe::params::{self, Extent, Normalisation, SeamCheck, Settings};
use abbe::runtime::Limits;
use network_support::{context, fixture, npy, onnxruntime, range, run, settings, worst};

/// Runs a fixture whole and in small tiles; both must be what Python gives for the whole image.
fn agrees(name: &str, shape: [usize; 4], output: [usize; 4], tile: i64, change: impl Fn(&mut Settings), limit: f32) {
    let Some(runtime) = onnxruntime() else { return };
    let context = context(&runtime);
    let model = Arc::new(Model::load(&fixture(&format!("{name}.onnx"))).unwrap());
    let (_, image) = npy(&fixture(&format!("{name}.input.npy")));
    let (_, expected) = npy(&fixture(&format!("{name}.output0.npy")));
    let own = settings(&change);
    let (samples, found, outcome) = run(&model, shape, &image, &own, &context, None).unwrap();
    assert_eq!(found, output);
    assert_eq!(outcome.tiles, shape[0] / output[0].min(shape[0]).max(1), "{outcome:?}");
    let difference = worst(&samples, &expected) / range(&expected);
    assert!(difference <= limit, "{name} whole: {difference}");
    let small = settings(|settings| {
        change(settings);
        settings.set_i64(params::MODEL_TILE_PX, tile).unwrap();
        settings.set_choice(params::MODEL_SEAM_CHECK, SeamCheck::Always).unwrap();
    });
    match run(&model, shape, &image, &small, &context, None) {
        Ok((samples, _, outcome)) => {
            let difference = worst(&samples, &expected) / range(&expected);
            println!("{name}: {} tiles of {:?}, {difference:e}, {:?}", outcome.tiles, outcome.tile_zyx, outcome.seam);
            assert!(outcome.tiles > 1);
            assert!(difference <= limit, "{name} in {} tiles: {difference}", outcome.tiles);
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

#[test]
fn a_plain_stack_of_convolutions() {
    agrees("plain", [1, 1, 61, 83], [1, 1, 61, 83], 40, |_| {}, 1e-6);
}

#[test]
fn three_times_the_size() {
    agrees("shuffle_x3", [1, 1, 37, 29], [1, 1, 111, 87], 16, |_| {}, 1e-6);
}

#[test]
fn twice_the_size_without_padding() {
    let network = |settings: &mut Settings| settings.set_choice(params::MODEL_EXTENT, Extent::Network).unwrap();
    agrees("valid_x2", [3, 1, 40, 33], [3, 1, 64, 50], 24, network, 1e-6);
}

#[test]
fn a_volume() {
    agrees("volume", [1, 9, 30, 26], [1, 9, 30, 26], 8, |_| {}, 1e-6);
}

#[test]
fn channels_last_and_axes_by_letters() {
    let axes = |settings: &mut Settings| settings.set_text(params::MODEL_AXES, "byxc").unwrap();
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("channels_last.onnx")).unwrap());
    let (_, image) = npy(&fixture("channels_last.input.npy"));
    let (_, expected) = npy(&fixture("channels_last.output0.npy"));
    let planar = |samples: &[f32]| -> Vec<f32> {
        (0..2).flat_map(|c| samples.iter().skip(c).step_by(2).copied().collect::<Vec<_>>()).collect()
    };
    for change in [settings(axes), settings(|_| {})] {
        let (samples, ..) = run(&model, [2, 1, 25, 34], &planar(&image), &change, &context(&runtime), None).unwrap();
        assert!(worst(&samples, &planar(&expected)) < 1e-6);
    }
}

#[test]
fn a_u_net_on_aligned_tiles() {
    agrees("u_net", [1, 1, 92, 76], [1, 1, 92, 76], 64, |_| {}, 1e-6);
}

#[test]
fn a_fixed_extent_takes_smaller_and_larger_images() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("u_net_fixed.onnx")).unwrap());
    let context = context(&runtime);
    let (_, image) = npy(&fixture("u_net_fixed.input.npy"));
    let (_, expected) = npy(&fixture("u_net_fixed.output0.npy"));
    let (samples, ..) = run(&model, [1, 1, 64, 64], &image, &settings(|_| {}), &context, None).unwrap();
    assert!(worst(&samples, &expected) < 1e-6);
    // Nine times the same image by reflection: tiles of the fixed extent, none of which may show.
    let wide: Vec<f32> =
        (0..150 * 170).map(|at| ((at % 170) as f32 * 0.07).sin() + ((at / 170) as f32 * 0.05).cos()).collect();
    let (_, found, outcome) = run(&model, [1, 1, 150, 170], &wide, &settings(|_| {}), &context, None).unwrap();
    assert!(found == [1, 1, 150, 170] && outcome.tiles > 4 && outcome.exact_tiles, "{outcome:?}");
    let small = &image[..6 * 7];
    let (_, found, outcome) = run(&model, [1, 1, 6, 7], small, &settings(|_| {}), &context, None).unwrap();
    assert!(found == [1, 1, 6, 7] && outcome.padded_zyx == [0, 58, 57], "{outcome:?}");
}

#[test]
fn whole_image_operators_are_named_and_their_seams_stated() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("instance.onnx")).unwrap());
    assert_eq!(describe(&model)["geometry"]["global_operators"][0], "InstanceNormalization");
    let (_, image) = npy(&fixture("instance.input.npy"));
    let (_, expected) = npy(&fixture("instance.output0.npy"));
    let tile = settings(|settings| settings.set_i64(params::MODEL_TILE_PX, 64).unwrap());
    let (samples, _, outcome) = run(&model, [1, 1, 128, 120], &image, &tile, &context(&runtime), None).unwrap();
    let difference = worst(&samples, &expected) / range(&expected);
    let seam = outcome.seam.expect("tiles that are not exact are checked");
    println!("instance: {} tiles, {difference}, {seam:?}", outcome.tiles);
    assert!(!outcome.exact_tiles && outcome.tiles > 1);
    assert!(difference < 0.2 && difference > 0.0 && seam.relative > 0.0 && seam.relative < 0.2);
}

#[test]
fn a_probe_finds_the_part_of_the_receptive_field_that_matters() {
    let Some(runtime) = onnxruntime() else { return };
    let (model, context) = (Arc::new(Model::load(&fixture("faint.onnx")).unwrap()), context(&runtime));
    assert_eq!(describe(&model)["geometry"]["halo_zyx"][1], serde_json::json!([7, 7]));
    assert!(describe(&model)["halo_probe"].is_null());
    let image: Vec<f32> = (0..200 * 170).map(|at| ((at * 7919) % 1009) as f32 / 1009.0).collect();
    let with = |tolerance: f64, tile: i64| {
        let own = settings(|settings| {
            settings.set_i64(params::MODEL_TILE_PX, tile).unwrap();
            settings.set_f64(params::MODEL_HALO_TOLERANCE, tolerance).unwrap();
        });
        let (samples, _, outcome) = run(&model, [1, 1, 200, 170], &image, &own, &context, None).unwrap();
        (samples, outcome)
    };
    let (whole, _) = with(0.0, 0);
    // By its weights: rows -2 to 4 and columns -3 to 1.
    let (tiled, outcome) = with(1e-3, 48);
    let probe = outcome.about.halo_probe.expect("a probe was asked for");
    assert_eq!(
        (probe.receptive_field_zyx[1..].to_vec(), probe.halo_zyx[1..].to_vec()),
        (vec![[7; 2]; 2], vec![[2, 4], [3, 1]])
    );
    assert_eq!(outcome.halo_zyx, probe.halo_zyx);
    assert!(!outcome.exact_tiles && outcome.tiles > 4 && probe.difference <= 1e-3, "{outcome:?}");
    let difference = f64::from(worst(&tiled, &whole) / range(&whole));
    let seam = outcome.seam.expect("tiles that are not exact are checked");
    println!("faint: {difference}, {seam:?}, {probe:?}");
    assert!(difference > 0.0 && difference < 1e-3 && seam.relative > 0.0 && seam.relative < 1e-3);
    assert_eq!(describe(&model)["halo_probe"]["halo_zyx"][2], serde_json::json!([3, 1]));
    // A tolerance below the faint part leaves the receptive field, and tiles exact.
    let (tiled, outcome) = with(1e-9, 48);
    assert!(outcome.exact_tiles && outcome.halo_zyx[1..] == [[7; 2]; 2], "{outcome:?}");
    assert!(worst(&tiled, &whole) / range(&whole) < 1e-6);
}

#[test]
fn a_probe_makes_the_halo_of_a_u_net_smaller() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("u_net.onnx")).unwrap());
    let image: Vec<f32> = (0..400 * 300).map(|at| ((at * 7919) % 1009) as f32 / 1009.0).collect();
    let with = |tolerance: f64, tile: i64| {
        let own = settings(|settings| {
            settings.set_i64(params::MODEL_TILE_PX, tile).unwrap();
            settings.set_f64(params::MODEL_HALO_TOLERANCE, tolerance).unwrap();
        });
        run(&model, [1, 1, 400, 300], &image, &own, &context(&runtime), None).unwrap()
    };
    let (whole, _, exact) = with(0.0, 0);
    let (tiled, _, outcome) = with(1e-2, 96);
    let difference = f64::from(worst(&tiled, &whole) / range(&whole));
    println!("u_net: {difference}, {:?}", outcome);
    let halo = |outcome: &abbe::network::Outcome| outcome.halo_zyx.as_flattened().iter().sum::<usize>();
    assert!(halo(&outcome) < halo(&exact) && difference < 2e-2, "{outcome:?}");
}

#[test]
fn several_inputs_and_outputs() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("several.onnx")).unwrap());
    let (_, image) = npy(&fixture("several.input.npy"));
    for (output, files) in [(0, &[0][..]), (1, &[1][..]), (-1, &[0, 1][..])] {
        let own = settings(|settings| {
            settings.set_f64(params::MODEL_VALUE, 0.75).unwrap();
            settings.set_i64(params::MODEL_OUTPUT, output).unwrap();
        });
        let (samples, found, _) = run(&model, [1, 1, 31, 44], &image, &own, &context(&runtime), None).unwrap();
        let expected: Vec<f32> =
            files.iter().flat_map(|at| npy(&fixture(&format!("several.output{at}.npy"))).1).collect();
        assert_eq!(found, [files.len(), 1, 31, 44]);
        assert!(worst(&samples, &expected) < 1e-6, "output {output}");
    }
    let wrong = settings(|settings| settings.set_i64(params::MODEL_OUTPUT, 5).unwrap());
    assert!(run(&model, [1, 1, 31, 44], &image, &wrong, &context(&runtime), None).is_err());
}

#[test]
fn half_precision_and_weights_in_a_file_of_their_own() {
    let Some(runtime) = onnxruntime() else { return };
    for (name, shape, limit) in [("half", [1, 1, 33, 20], 2e-3), ("external", [1, 1, 12, 10], 1e-6)] {
        let model = Arc::new(Model::load(&fixture(&format!("{name}.onnx"))).unwrap());
        let (_, image) = npy(&fixture(&format!("{name}.input.npy")));
        let (_, expected) = npy(&fixture(&format!("{name}.output0.npy")));
        let (samples, ..) = run(&model, shape, &image, &settings(|_| {}), &context(&runtime), None).unwrap();
        assert!(worst(&samples, &expected) <= limit, "{name}");
    }
    let bytes = std::fs::read(fixture("external.onnx")).unwrap();
    assert!(Model::load_memory(&bytes).is_err_and(|error| error.text().contains("must hold its own")));
}

#[test]
fn channels_and_planes_run_one_by_one() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("plain.onnx")).unwrap());
    let (_, image) = npy(&fixture("plain.input.npy"));
    let (_, expected) = npy(&fixture("plain.output0.npy"));
    let six: Vec<f32> = (0..6).flat_map(|at| image.iter().map(move |&x| x + at as f32)).collect();
    let (samples, found, outcome) =
        run(&model, [2, 3, 61, 83], &six, &settings(|_| {}), &context(&runtime), None).unwrap();
    assert!(found == [2, 3, 61, 83] && outcome.tiles == 6 && outcome.batch > 1, "{outcome:?}");
    assert!(worst(&samples[..expected.len()], &expected) < 1e-6);
    for at in 0..6 {
        let own = &six[at * image.len()..(at + 1) * image.len()];
        let (alone, ..) = run(&model, [1, 1, 61, 83], own, &settings(|_| {}), &context(&runtime), None).unwrap();
        assert!(worst(&samples[at * image.len()..(at + 1) * image.len()], &alone) < 1e-6, "plane {at}");
    }
}

#[test]
fn intensities_come_back_in_the_units_of_the_image() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("plain.onnx")).unwrap());
    let (_, image) = npy(&fixture("plain.input.npy"));
    let (_, expected) = npy(&fixture("plain.output0.npy"));
    let counts: Vec<f32> = image.iter().map(|x| x * 3000.0 + 100.0).collect();
    let fixed = settings(|settings| {
        settings.set_choice(params::MODEL_NORMALISATION, Normalisation::Fixed).unwrap();
        settings.set_f64(params::MODEL_OFFSET, 100.0).unwrap();
        settings.set_f64(params::MODEL_GAIN, 3000.0).unwrap();
    });
    let (samples, _, outcome) = run(&model, [1, 1, 61, 83], &counts, &fixed, &context(&runtime), None).unwrap();
    let wanted: Vec<f32> = expected.iter().map(|x| x * 3000.0 + 100.0).collect();
    assert!(worst(&samples, &wanted) < 3000.0 * 1e-5);
    assert!((outcome.gain - 3000.0).abs() < 1e-2 && (outcome.offset - 100.0).abs() < 1e-3, "{outcome:?}");
    let percentile = settings(|settings| {
        settings.set_choice(params::MODEL_NORMALISATION, Normalisation::Percentile).unwrap();
        settings.set_f64(params::MODEL_LOW_PERCENTILE, 0.0).unwrap();
        settings.set_f64(params::MODEL_HIGH_PERCENTILE, 100.0).unwrap();
    });
    let (samples, _, outcome) = run(&model, [1, 1, 61, 83], &counts, &percentile, &context(&runtime), None).unwrap();
    assert!((outcome.gain - f64::from(range(&counts))).abs() < 0.1, "{outcome:?}");
    assert!(range(&samples) > 100.0);
}

#[test]
fn a_small_budget_makes_tiles_smaller_down_to_the_least() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("u_net.onnx")).unwrap());
    let context = context(&runtime);
    let image: Vec<f32> = (0..600 * 500).map(|at| ((at * 31) % 101) as f32 * 0.01).collect();
    let free = run(&model, [1, 1, 600, 500], &image, &settings(|_| {}), &context, None).unwrap();
    let tight = run(&model, [1, 1, 600, 500], &image, &settings(|_| {}), &context, Some(2 << 20)).unwrap();
    assert!(free.2.tiles == 1 && tight.2.tiles > 1, "{:?}", tight.2);
    assert!(worst(&free.0, &tight.0) / range(&free.0) < 1e-5);
    let bytes = |budget| {
        let settings = settings(|_| {});
        abbe::network::Network::workspace_bytes(&model, [1, 1, 600, 500], &settings, Limits::of(&context), budget)
            .unwrap()
    };
    assert!(bytes(Some(2 << 20)) <= 2 << 20 && bytes(None) > 2 << 20);
    assert_eq!(bytes(Some(0)), bytes(Some(bytes(Some(0)))));
    let least = run(&model, [1, 1, 600, 500], &image, &settings(|_| {}), &context, Some(0)).unwrap();
    assert!(least.2.tiles > tight.2.tiles, "{:?}", least.2);
    assert!(worst(&free.0, &least.0) / range(&free.0) < 1e-5);
}

#[test]
fn a_cancelled_execute_stops() {
    use abbe::network::Network;
    use abbe::runtime::{Answer, Control, Watch, Workers};
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("u_net.onnx")).unwrap());
    let (workers, control) = (Workers::new(2).unwrap(), Control::new());
    let tile = settings(|settings| settings.set_i64(params::MODEL_TILE_PX, 64).unwrap());
    let mut listener = |done: f64| if done > 0.3 { Answer::Cancel } else { Answer::Continue };
    let (quiet, mut always) = (Control::new(), |_: f64| Answer::Continue);
    let mut commit = Watch::new(&quiet, &mut always);
    let mut network = Network::new(model, [1, 1, 300, 300], &tile, &context(&runtime), None, &mut commit).unwrap();
    let (image, mut output) = (vec![0.5; 90_000], vec![0.0; 90_000]);
    let mut watch = Watch::new(&control, &mut listener);
    let error = network.execute(&image, &mut output, &workers, &mut watch).err().unwrap();
    assert_eq!(error, abbe::error::Error::Cancelled);
    assert!(control.progress() < 0.9);
    control.begin();
    let mut again = |_: f64| Answer::Continue;
    network.execute(&image, &mut output, &workers, &mut Watch::new(&control, &mut again)).unwrap();
}

#[test]
fn a_commit_runs_once_and_tells_how_far_it_is() {
    use abbe::network::Network;
    use abbe::runtime::{Answer, Control, Watch};
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("u_net.onnx")).unwrap());
    let commit = |stop_at: f64| {
        let (control, mut told) = (Control::new(), Vec::new());
        let mut listener = |done: f64| {
            told.push(done);
            if done >= stop_at { Answer::Cancel } else { Answer::Continue }
        };
        let mut watch = Watch::new(&control, &mut listener);
        let image = [1, 1, 300, 300];
        let made =
            Network::new(Arc::clone(&model), image, &settings(|_| {}), &context(&runtime), None, &mut watch).map(drop);
        (made, told)
    };
    let (made, told) = commit(2.0);
    assert!(made.is_ok() && told.len() >= 3 && told.is_sorted() && told.last() == Some(&1.0), "{told:?}");
    // Between the session and the run that warms it up.
    let (made, told) = commit(0.4);
    assert_eq!((made.err(), told.last()), (Some(abbe::error::Error::Cancelled), Some(&0.5)));
}

#[test]
fn the_same_image_gives_the_same_bits_again() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("u_net.onnx")).unwrap());
    let mut context = context(&runtime);
    context.set_i64(params::CONTEXT_DETERMINISTIC, 1).unwrap();
    let image: Vec<f32> = (0..300 * 300).map(|at| ((at * 7919) % 1009) as f32 / 1009.0).collect();
    let tile = settings(|settings| settings.set_i64(params::MODEL_TILE_PX, 96).unwrap());
    let made = || run(&model, [1, 1, 300, 300], &image, &tile, &context, None).unwrap();
    let (first, _, outcome) = made();
    assert_eq!(first, made().0);
    let nodes: Vec<_> = outcome.about.nodes.iter().map(|placed| (placed.provider.as_str(), placed.nodes > 0)).collect();
    assert_eq!(nodes, [("CPUExecutionProvider", true)]);
}

#[test]
fn a_run_is_ended_from_another_thread_although_there_is_one_worker() {
    use abbe::network::Network;
    use abbe::runtime::{Answer, Control, Watch, Workers};
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("u_net.onnx")).unwrap());
    let (workers, control) = (Workers::new(1).unwrap(), Control::new());
    let mut always = |_: f64| Answer::Continue;
    let mut watch = Watch::new(&control, &mut always);
    // One tile: nothing but the run itself can hear of it.
    let extent = 1536;
    let mut network =
        Network::new(model, [1, 1, extent, extent], &settings(|_| {}), &context(&runtime), None, &mut watch).unwrap();
    let (image, mut output) = (vec![0.5; extent * extent], vec![0.0; extent * extent]);
    control.begin();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(30));
            control.cancel();
        });
        network.execute(&image, &mut output, &workers, &mut watch).err().unwrap()
    });
    assert_eq!(error, abbe::error::Error::Cancelled);
    assert!(control.progress() < 0.1, "{}", control.progress());
}

#[test]
fn the_first_image_can_normalise_a_series() {
    use abbe::network::Network;
    use abbe::runtime::{Answer, Control, Watch, Workers};
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("plain.onnx")).unwrap());
    let (_, image) = npy(&fixture("plain.input.npy"));
    let workers = Workers::new(2).unwrap();
    let series = |statistics: i64, factors: [f32; 2]| {
        let settings = settings(|settings| {
            settings.set_choice(params::MODEL_NORMALISATION, Normalisation::MeanStd).unwrap();
            settings.set_i64(params::MODEL_STATISTICS, statistics).unwrap();
        });
        let (control, mut always) = (Control::new(), |_: f64| Answer::Continue);
        let mut watch = Watch::new(&control, &mut always);
        let mut network =
            Network::new(Arc::clone(&model), [1, 1, 61, 83], &settings, &context(&runtime), None, &mut watch).unwrap();
        factors.map(|factor| {
            let bright: Vec<f32> = image.iter().map(|sample| sample * factor).collect();
            let mut output = vec![0.0; bright.len()];
            let outcome = network.execute(&bright, &mut output, &workers, &mut watch).unwrap();
            (outcome.offset, outcome.gain, output)
        })
    };
    let own = series(0, [1.0, 3.0]);
    assert!((own[1].1 / own[0].1 - 3.0).abs() < 1e-3, "each image has its own gain");
    let first = series(1, [1.0, 3.0]);
    assert_eq!((first[0].0, first[0].1), (first[1].0, first[1].1));
    assert_eq!(first[0].2, own[0].2);
    assert!(worst(&first[1].2, &own[1].2) > 1e-3);
    // A new commit takes new numbers.
    assert_eq!(series(1, [3.0, 3.0])[1].2, own[1].2);
}

#[test]
fn statistics_of_an_image_that_gave_no_result_are_forgotten() {
    use abbe::network::Network;
    use abbe::runtime::{Answer, Control, Watch, Workers};
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("plain.onnx")).unwrap());
    let (_, image) = npy(&fixture("plain.input.npy"));
    let settings = settings(|settings| {
        settings.set_choice(params::MODEL_NORMALISATION, Normalisation::MeanStd).unwrap();
        settings.set_i64(params::MODEL_STATISTICS, 1).unwrap();
    });
    let (workers, control, mut always) = (Workers::new(2).unwrap(), Control::new(), |_: f64| Answer::Continue);
    let mut commit = Watch::new(&control, &mut always);
    let mut network = Network::new(model, [1, 1, 61, 83], &settings, &context(&runtime), None, &mut commit).unwrap();
    let mut gain = |factor: f32, cancel_at: f64| {
        let bright: Vec<f32> = image.iter().map(|sample| sample * factor).collect();
        let mut listener = |done: f64| if done >= cancel_at { Answer::Cancel } else { Answer::Continue };
        control.begin();
        let mut output = vec![0.0; bright.len()];
        let done = network.execute(&bright, &mut output, &workers, &mut Watch::new(&control, &mut listener));
        network.settle(done.is_ok());
        done.map(|outcome| outcome.gain)
    };
    // Cancelled in the last moment.
    assert_eq!(gain(5.0, 1.0).err(), Some(abbe::error::Error::Cancelled));
    let first = gain(1.0, 2.0).unwrap();
    // What is known already stays.
    assert_eq!(gain(5.0, 1.0).err(), Some(abbe::error::Error::Cancelled));
    assert_eq!(gain(3.0, 2.0).unwrap(), first);
}

#[test]
fn a_device_that_is_not_there_is_an_error_or_the_processor_with_the_reason() {
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("plain.onnx")).unwrap());
    let (_, image) = npy(&fixture("plain.input.npy"));
    let on = |device: i64, fallback: i64| {
        let mut context = context(&runtime);
        context.set_i64(params::CONTEXT_DEVICE, device).unwrap();
        context.set_i64(params::CONTEXT_FALLBACK, fallback).unwrap();
        run(&model, [1, 1, 61, 83], &image, &settings(|_| {}), &context, None)
    };
    let expected = on(1, 0).unwrap();
    assert_eq!((expected.2.device, &expected.2.about.fallback), (abbe::network::Device::Cpu, &None));
    for (device, name) in [(2, "CUDA"), (3, "TensorRT")] {
        match on(device, 0) {
            Ok(_) => eprintln!("SKIPPED: this machine has {name}; that it is missing cannot be tested here"),
            Err(error) => {
                assert!(matches!(error, abbe::error::Error::Device(_)), "{error}");
                assert!(error.text().contains(name) && error.text().contains("context.fallback"), "{error}");
                let found = on(device, 1).unwrap();
                assert_eq!(found.0, expected.0);
                assert_eq!(found.2.device, abbe::network::Device::Cpu);
                assert!(found.2.about.fallback.as_ref().is_some_and(|reason| reason.contains(name)));
            }
        }
    }
}
