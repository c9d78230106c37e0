//! Every test of a binary that takes this module runs with each kind of vector instructions that the machine has: the
//! binary runs itself again, held to the narrower kinds, so that what passes here passes on machines with less.

use std::process::Command;

use abbe::fft::Lanes;

const HELD: &str = "ABBE_TEST_LANES";

#[test]
fn narrower_lanes_pass_too() {
    if let Ok(held) = std::env::var(HELD) {
        assert_eq!(Lanes::best().width().to_string(), held);
        return;
    }
    for lanes in Lanes::available().skip(1) {
        let again =
            Command::new(std::env::current_exe().unwrap()).env(HELD, lanes.width().to_string()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(again.status.success(), "{lanes:?}:\n{}{}", text(&again.stdout), text(&again.stderr));
    }
}
