//! Packages: their own tests, agreement with the reference implementation, and hostile ones.

mod network_support;
mod support;

use std::io::Write;
use std::sync::Arc;

use abbe::error::Error;
use abbe::network::{Model, Network, describe, selftest};
use abbe::params::{self, Extent};
use abbe::runtime::Workers;
use network_support::{context, fixture, onnxruntime, run, settings};

#[test]
fn every_processing_step_agrees_with_the_reference() {
    let Some(runtime) = onnxruntime() else { return };
    let workers = Workers::new(2).unwrap();
    for name in ["range", "unit", "fixed", "linear", "threshold", "old", "old_unit"] {
        let model = Arc::new(Model::load(&fixture(&format!("packages/{name}.zip"))).unwrap());
        let result = selftest(&model, &context(&runtime), &workers).unwrap();
        println!("{name}: {result}");
        assert_eq!(result["passed"], true, "{name}: {result}");
        let worst = result["outputs"][0]["largest_difference"].as_f64().unwrap();
        assert!(worst <= if name == "range" || name == "old" { 2e-3 } else { 1e-4 }, "{name}: {worst}");
    }
}

#[test]
fn every_input_and_output_of_a_package_is_tested() {
    let Some(runtime) = onnxruntime() else { return };
    let workers = Workers::new(2).unwrap();
    let path = fixture("packages/several.zip");
    let model = Arc::new(Model::load(&path).unwrap());
    let result = selftest(&model, &context(&runtime), &workers).unwrap();
    println!("{result}");
    assert_eq!(result["passed"], true, "{result}");
    let outputs = result["outputs"].as_array().unwrap();
    let names: Vec<&str> = outputs.iter().filter_map(|output| output["output"].as_str()).collect();
    assert_eq!(names, ["made", "spread", "numbers"]);
    for output in outputs {
        assert!(output["largest_difference"].as_f64().unwrap() < 1e-5, "{output}");
    }
    // Each tensor counts: another one in its place, and the test fails.
    for (changed, failing) in [("levels.npy", 3), ("made.npy", 1), ("numbers.npy", 1)] {
        let mut files = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
        let entries: Vec<(String, Vec<u8>)> = (0..files.len())
            .map(|at| {
                let mut file = files.by_index(at).unwrap();
                let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
                std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
                if name == changed {
                    let last = bytes.len() - 4;
                    bytes[last..].copy_from_slice(&50_f32.to_le_bytes());
                }
                (name, bytes)
            })
            .collect();
        let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, bytes)| (&**name, &**bytes)).collect();
        let model = Arc::new(Model::load_memory(&zip(&entries)).unwrap());
        let result = selftest(&model, &context(&runtime), &workers).unwrap();
        let failed = result["outputs"].as_array().unwrap().iter().filter(|output| output["passed"] == false).count();
        assert_eq!((result["passed"].as_bool(), failed), (Some(false), failing), "{changed}: {result}");
    }
}

#[test]
fn shared_packages_pass_their_tests() {
    let Some(runtime) = onnxruntime() else { return };
    let workers = Workers::new(2).unwrap();
    for name in [
        "bioimageio/dncnn_25.zip",
        "bioimageio/waifu2x_photo_x2.zip",
        "bioimageio/unet2d_nuclei_broad",
        "bioimageio/unet2d_nuclei_broad/bioimageio.yaml",
        "bioimageio/unet2d_nuclei_broad/v0_4_9.bioimageio.yaml",
    ] {
        let Some(path) = support::shared(&format!("models/{name}")) else { return };
        let model = Arc::new(Model::load(path.to_str().unwrap()).unwrap());
        let result = selftest(&model, &context(&runtime), &workers).unwrap();
        println!("{name}: {result}");
        assert_eq!(result["passed"], true, "{name}: {result}");
        assert!(result["outputs"][0]["largest_difference"].as_f64().unwrap() <= 1e-5, "{name}: {result}");
    }
}

#[test]
fn shared_networks_are_described_and_run() {
    let Some(runtime) = onnxruntime() else { return };
    for (name, channels, scale, exact) in [
        ("onnx/dncnn_25.onnx", 1, 1.0, true),
        ("onnx/waifu2x_upconv7_photo_scale2.0x.onnx", 3, 2.0, true),
        ("onnx/esrgan_slim_x2.onnx", 3, 2.0, true),
        ("czann/N2V_tobacco_leaf.czann", 1, 1.0, false),
    ] {
        let Some(path) = support::shared(&format!("models/{name}")) else { return };
        let model = Arc::new(Model::load(path.to_str().unwrap()).unwrap());
        let about = describe(&model);
        println!("{name}: {}", about["geometry"]);
        assert_eq!(about["geometry"]["scale_zyx"][2], scale, "{name}");
        assert_eq!(about["geometry"]["exact_tiles"], exact, "{name}");
        let shape = [channels, 1, 70, 66];
        let image: Vec<f32> = (0..channels * 70 * 66).map(|at| 0.5 + 0.4 * ((at % 66) as f32 * 0.3).sin()).collect();
        let (samples, found, outcome) =
            run(&model, shape, &image, &settings(|_| {}), &context(&runtime), None).unwrap();
        assert_eq!(found, [channels, 1, 70 * scale as usize, 66 * scale as usize]);
        assert!(samples.iter().all(|sample| sample.is_finite()) && outcome.about.nodes[0].nodes > 0, "{outcome:?}");
        if name.starts_with("onnx/dncnn") {
            assert_eq!(about["geometry"]["halo_zyx"][1], serde_json::json!([17, 17]));
        }
    }
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const TENSOR: &str = "[{id: raw, axes: [{type: batch}, {type: channel, channel_names: [a]}, {type: space, id: y, \
                      size: {min: 1, step: 1}}, {type: space, id: x, size: {min: 1, step: 1}}]}]";

fn description(weights: &str) -> String {
    format!("format_version: 0.5.4\ntype: model\nname: n\ninputs: {TENSOR}\noutputs: {TENSOR}\nweights: {weights}\n")
}

#[test]
fn hostile_packages_are_refused_with_a_reason() {
    let relu = std::fs::read(fixture("relu.onnx")).unwrap();
    let good = description("{onnx: {source: weights.onnx, opset_version: 17}}");
    Model::load_memory(&zip(&[("rdf.yaml", good.as_bytes()), ("weights.onnx", &relu)])).unwrap();
    let with = |weights: &str| zip(&[("rdf.yaml", description(weights).as_bytes()), ("weights.onnx", &relu)]);
    let deep = format!("a: {}", "[".repeat(5000));
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (from, to) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip(["b", "c", "d", "e", "f", "g", "h", "i"]) {
        bomb += &format!("{to}: &{to} [{}]\n", vec![format!("*{from}"); 10].join(", "));
    }
    let zeros = vec![0_u8; 80 << 20];
    let with_step = |step: &str| {
        let text = good.replacen("id: raw,", &format!("id: raw, preprocessing: [{step}],"), 1);
        zip(&[("rdf.yaml", text.as_bytes()), ("weights.onnx", &relu)])
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"PK\x03\x04".to_vec(), "broken"),
        (zip(&[("readme", b"")]), "no description"),
        (zip(&[("../rdf.yaml", good.as_bytes())]), "inside it"),
        (zip(&[("/rdf.yaml", good.as_bytes())]), "inside"),
        (zip(&[("rdf.yaml", deep.as_bytes())]), "not a description"),
        (zip(&[("rdf.yaml", bomb.as_bytes())]), "not a description"),
        (zip(&[("rdf.yaml", b"\xff\xfe")]), "UTF-8"),
        (zip(&[("rdf.yaml", good.as_bytes())]), "not in the package"),
        (zip(&[("rdf.yaml", good.as_bytes()), ("weights.onnx", &zeros)]), "at most"),
        (with("{onnx: {source: 'https://example.com/w.onnx'}}"), "downloads nothing"),
        (with("{onnx: {source: ../weights.onnx}}"), "inside the package"),
        (with("{onnx: {source: weights.onnx, sha256: 00}}"), "sha256"),
        (with_step("{id: custom, callable: run, source: run.py}"), "no code of its own"),
        (with_step("{id: softmax, kwargs: {axis: y}}"), "only one along channels"),
        (with_step("{id: softmax, kwargs: {axis: w}}"), "the tensor's axes, batch, channel, y, x"),
        (with_step("{id: zero_mean_unit_variance, kwargs: {eps: 0.2}}"), "above 0 and up to 0.1"),
        (with_step("{id: zero_mean_unit_variance, kwargs: {axes: [batch, z]}}"), "the tensor's axes"),
        (with_step("{id: scale_range, kwargs: {min_percentile: 60, max_percentile: 40}}"), "above min_percentile"),
        (with_step("{id: clip, kwargs: {}}"), "min_percentile, max"),
        (with_step("{id: clip, kwargs: {min: 2, max: 1}}"), "lower bound is below"),
        (with_step("{id: clip, kwargs: {min: 2, min_percentile: 1}}"), "left out"),
        (with_step("{id: ensure_dtype, kwargs: {dtype: float8}}"), "float32"),
        (with_step("{id: scale_linear, kwargs: {axis: channel, gain: [1, 2, 3]}}"), "extent along channel"),
        (with_step("{id: fixed_zero_mean_unit_variance, kwargs: {mean: 1, std: 0}}"), "1e-6 or more"),
        (with_step("{id: fixed_zero_mean_unit_variance, kwargs: {mean: [1, 2], std: 1}}"), "as long as"),
        (with("{torchscript: {source: weights.pt}}"), "weights.onnx is what can be run"),
        (zip(&[("model.json", b"{}"), ("model.model", &relu)]), "InputShape"),
        (zip(&[("model.json", b"nonsense"), ("model.model", &relu)]), "JSON"),
    ];
    for (bytes, reason) in cases {
        let error = Model::load_memory(&bytes).err().unwrap_or_else(|| panic!("{reason} was accepted"));
        assert!(error.text().contains(reason), "{reason}: {error}");
    }
}

#[test]
fn a_network_that_never_ends_is_cancelled_while_it_is_committed() {
    use abbe::runtime::{Answer, Control, Watch};
    let Some(runtime) = onnxruntime() else { return };
    let network = std::fs::read(fixture("endless.onnx")).unwrap();
    let space = |size: &str| {
        format!(
            "[{{type: batch, size: 1}}, {{type: channel, channel_names: [a]}}, {{type: space, id: y, size: {size}}}, {{type: space, id: x, size: {}}}]",
            size.replace("axis_id: y", "axis_id: x")
        )
    };
    let text = format!(
        "format_version: 0.5.4\ntype: model\nname: endless\nweights: {{onnx: {{source: n.onnx}}}}\n\
         inputs: [{{id: raw, axes: {}}}]\noutputs: [{{id: made, axes: {}}}]\n",
        space("{min: 8, step: 1}"),
        space("{tensor_id: raw, axis_id: y}")
    );
    let model = Arc::new(Model::load_memory(&zip(&[("rdf.yaml", text.as_bytes()), ("n.onnx", &network)])).unwrap());
    let (control, mut listener) = (Control::new(), |_: f64| Answer::Continue);
    let mut watch = Watch::new(&control, &mut listener);
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(1500));
            control.cancel();
        });
        Network::new(model, [1, 1, 16, 16], &settings(|_| {}), &context(&runtime), None, &mut watch).err().unwrap()
    });
    assert_eq!(error, Error::Cancelled);
}

#[test]
fn links_out_of_a_folder_are_refused() {
    let folder = std::env::temp_dir().join(format!("abbe-network-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = description("{onnx: {source: weights.onnx, opset_version: 17}}");
    std::fs::write(folder.join("rdf.yaml"), text).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(fixture("relu.onnx"), folder.join("weights.onnx")).unwrap();
        let error = Model::load(folder.to_str().unwrap()).err().unwrap();
        assert!(error.text().contains("link out of the package"), "{error}");
    }
    // A pipe that nobody writes to would be waited for.
    #[cfg(unix)]
    {
        std::fs::remove_file(folder.join("weights.onnx")).unwrap();
        let made =
            std::process::Command::new("mkfifo").args(["weights.onnx", "pipe.yaml"]).current_dir(&folder).status();
        assert!(made.unwrap().success());
        let error = Model::load(folder.to_str().unwrap()).err().unwrap();
        assert!(error.text().contains("is not a file"), "{error}");
        let error = Model::load(folder.join("pipe.yaml").to_str().unwrap()).err().unwrap();
        assert!(error.text().contains("neither file nor folder"), "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(matches!(Model::load("/no/such/file.onnx"), Err(Error::Io(_))));
}

#[test]
fn malformed_networks_are_refused_with_a_reason() {
    for bytes in [&b""[..], b"junk", &[0xff; 64]] {
        assert!(Model::load_memory(bytes).is_err());
    }
    let whole = std::fs::read(fixture("u_net.onnx")).unwrap();
    for end in [10, 100, 1000, whole.len() / 2, whole.len() - 1] {
        assert!(Model::load_memory(&whole[..end]).is_err(), "cut at {end}");
    }
    // Whatever single byte is wrong, loading ends without a panic.
    for at in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let _ = Model::load_memory(&bytes).map(|model| describe(&model));
    }
}

/// A field of a protobuf message.
fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = number_bytes(u64::from(number << 3 | 2));
    bytes.extend(number_bytes(content.len() as u64));
    bytes.extend(content);
    bytes
}

fn number_bytes(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn node(operator: &str, inputs: &[&str], output: &str, more: &[u8]) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|input| field(1, input.as_bytes()));
    let named = [field(2, output.as_bytes()), field(4, operator.as_bytes()), more.to_vec()].concat();
    field(1, &inputs.chain(named).collect::<Vec<u8>>())
}

/// A weight of whole numbers.
fn numbers(name: &str, shape: &[u64], values: &[u64]) -> Vec<u8> {
    let packed = |values: &[u64]| values.iter().flat_map(|&value| number_bytes(value)).collect::<Vec<u8>>();
    let data = [field(1, &packed(shape)), vec![2 << 3, 7], field(7, &packed(values)), field(8, name.as_bytes())];
    field(5, &data.concat())
}

/// A network of one image in and out, x to y, one channel of f32.
fn network(parts: &[Vec<u8>]) -> Vec<u8> {
    network_of(1, &[b"", b"", b"h", b"w"], parts)
}

/// The same of a sample type and axes: extents that have a name, or 1.
fn network_of(kind: u8, axes: &[&[u8]], parts: &[Vec<u8>]) -> Vec<u8> {
    let axis = |name: &&[u8]| field(1, &if name.is_empty() { vec![1 << 3, 1] } else { field(2, name) });
    let shape: Vec<u8> = axes.iter().flat_map(axis).collect();
    let kind = field(1, &[vec![1 << 3, kind], field(2, &shape)].concat());
    let port = |name: &str| [field(1, name.as_bytes()), field(2, &kind)].concat();
    let graph = [parts.concat(), field(11, &port("x")), field(12, &port("y"))].concat();
    [vec![1 << 3, 8], field(7, &graph), field(8, &[2 << 3, 17])].concat()
}

#[test]
fn files_that_would_take_all_memory_or_time_are_refused_or_described() {
    let relu = node("Relu", &["x"], "y", b"");
    let loads = |parts: &[Vec<u8>]| Model::load_memory(&network(parts));
    let refused = |parts: &[Vec<u8>]| loads(parts).err().expect("it is refused").text().to_owned();
    assert!(loads(std::slice::from_ref(&relu)).is_ok());
    // Two bytes each, hundreds in memory: attributes of one node, and nodes.
    let attributes = node("Relu", &["x"], "y", &field(5, b"").repeat(10_000_000));
    assert!(refused(&[attributes]).contains("too many parts"));
    assert!(refused(&[relu.clone(), field(1, b"").repeat(10_000_000)]).contains("too many parts"));
    // A part that is longer than what it is a part of.
    assert!(Model::load_memory(&[7 << 3 | 2, 2, 1 << 3 | 2, 2, 0, 0]).is_err());
    let inputs: Vec<u8> = (0..60_000).flat_map(|at| field(11, &field(1, format!("i{at}").as_bytes()))).collect();
    assert!(refused(&[relu.clone(), inputs]).contains("60001 inputs"));
    assert!(refused(&[relu.clone(), numbers("w", &[1; 17], &[1])]).contains("17 axes"));

    let described = |parts: &[Vec<u8>]| describe(&loads(parts).unwrap());
    // A constant twice as long after every node.
    let doubled = |at: usize| node("Concat", &[format!("c{at}").as_str(); 2], &format!("c{}", at + 1), b"");
    let long: Vec<Vec<u8>> =
        [numbers("c0", &[64], &[1; 64]), relu.clone()].into_iter().chain((0..60).map(doubled)).collect();
    assert_eq!(described(&long)["geometry"]["exact_tiles"], true);
    let axes: Vec<u64> = (4..54).collect();
    let wide = [numbers("c", &[50], &axes), node("Unsqueeze", &["x", "c"], "z", b""), relu.clone()];
    assert!(described(&wide)["geometry"]["unknown"].as_str().unwrap().contains("54 axes"));
    let names: Vec<Vec<u8>> = (0..99_998)
        .map(|at| {
            node(
                &format!("Own{at}"),
                &[if at == 0 { "x".to_owned() } else { format!("v{at}") }.as_str()],
                &format!("v{}", at + 1),
                b"",
            )
        })
        .chain([node("Relu", &["v99998"], "y", b"")])
        .collect();
    assert_eq!(described(&names)["graph"]["operators"].as_object().unwrap().len(), 99_999);

    // Steps of a million samples, three times, where the package wants odd extents: no extent suits both.
    let strides =
        field(5, &[field(1, b"strides"), field(8, &[number_bytes(1 << 20), number_bytes(1 << 20)].concat())].concat());
    let kernel = field(5, &[field(1, &[1, 1, 1, 1]), vec![2 << 3, 1], field(8, b"k")].concat());
    let striding = [("x", "a"), ("a", "b"), ("b", "y")].map(|(from, to)| node("Conv", &[from, "k"], to, &strides));
    let file = network(&[kernel, striding.concat()]);
    let odd = description("{onnx: {source: n.onnx}}").replace("{min: 1, step: 1}", "{min: 257, step: 2}");
    let model = Model::load_memory(&zip(&[("rdf.yaml", odd.as_bytes()), ("n.onnx", &file)])).unwrap();
    let text = describe(&model)["geometry"]["unknown"].as_str().unwrap().to_owned();
    assert!(text.contains("stride") || text.contains("samples"), "{text}");
}

#[test]
fn networks_of_wrong_types_ranks_and_results_say_so() {
    let Some(runtime) = onnxruntime() else { return };
    let context = context(&runtime);
    let relu = node("Identity", &["x"], "y", b"");
    let runs = |file: &[u8]| {
        let model = Arc::new(Model::load_memory(file)?);
        run(&model, [1, 1, 20, 20], &[0.5; 400], &settings(|_| {}), &context, None).map(|(_, shape, _)| shape)
    };
    let fails = |file: &[u8]| runs(file).expect_err("it cannot run").text().to_owned();
    let image: &[&[u8]] = &[b"", b"", b"h", b"w"];
    assert_eq!(runs(&network_of(1, image, std::slice::from_ref(&relu))), Ok([1, 1, 20, 20]));
    for text in [8_u8, 14, 99] {
        let text = fails(&network_of(text, image, std::slice::from_ref(&relu)));
        assert!(text.contains("type") || text.contains("tensor(complex64)"), "{text}");
    }
    assert!(fails(&network_of(1, &[b"h".as_slice(); 7], std::slice::from_ref(&relu))).contains("7 axes"));
    assert!(fails(&network_of(1, &[b""], std::slice::from_ref(&relu))).contains("rows and columns"));
    // Nothing comes out.
    let bound = |name: &str, value: u64| numbers(name, &[1], &[value]);
    let nothing = [bound("a", 0), bound("b", 0), bound("c", 3), node("Slice", &["x", "a", "b", "c"], "y", b"")];
    let text = fails(&network(&nothing));
    assert!(text.contains("gives no sample along"), "{text}");
    // The package says that the result is as large as the image; it is half as large.
    let window = |name: &[u8]| field(5, &[field(1, name), field(8, &[2, 2]), number_bytes(20 << 3), vec![7]].concat());
    let half = network(&[node("MaxPool", &["x"], "y", &[window(b"kernel_shape"), window(b"strides")].concat())]);
    assert_eq!(runs(&half), Ok([1, 1, 10, 10]));
    let follows = description("{onnx: {source: n.onnx}}");
    let (inputs, outputs) = follows.split_once("outputs:").unwrap();
    let outputs = outputs.replace("id: raw,", "id: made,");
    let outputs = ["y", "x"].iter().fold(outputs, |text, axis| {
        let size = format!("id: {axis}, size: {{tensor_id: raw, axis_id: {axis}}}");
        text.replace(&format!("id: {axis}, size: {{min: 1, step: 1}}"), &size)
    });
    let lies = format!("{inputs}outputs:{outputs}");
    let text = fails(&zip(&[("rdf.yaml", lies.as_bytes()), ("n.onnx", &half)]));
    assert!(text.contains("10") && text.contains("20"), "{text}");
}

#[test]
fn networks_that_cannot_run_say_so() {
    let Some(runtime) = onnxruntime() else { return };
    let context = context(&runtime);
    let load = |name: &str| Arc::new(Model::load(&fixture(name)).unwrap());
    let image = vec![0.5; 3 * 20 * 20];
    let fails = |name: &str, shape: [usize; 4]| {
        let image = &image[..shape.iter().product()];
        run(&load(name), shape, image, &settings(|_| {}), &context, None).err().unwrap_or_else(|| panic!("{name} ran"))
    };
    assert!(fails("not_finite.onnx", [1, 1, 20, 20]).text().contains("not finite"));
    assert!(fails("unknown_operator.onnx", [1, 1, 20, 20]).text().contains("NoSuchOperator"));
    assert!(matches!(fails("opset_99.onnx", [1, 1, 20, 20]), Error::Model(_)));
    assert!(fails("valid_x2.onnx", [1, 1, 20, 20]).text().contains("3 channels"));
    // One pixel is enough for a network that pads.
    let (samples, ..) = run(&load("plain.onnx"), [1, 1, 1, 1], &[0.5], &settings(|_| {}), &context, None).unwrap();
    assert!(samples[0].is_finite());
    let network = settings(|settings| settings.set_choice(params::MODEL_EXTENT, Extent::Network).unwrap());
    assert!(
        Network::output_shape(&load("valid_x2.onnx"), [3, 1, 5, 5], &network, abbe::runtime::Limits::of(&context))
            .is_err()
    );
}
