//! What the example prints is what its policies say.

use std::process::Command;

const EXPECTED: &str = "\
sam claims a lead of nobody: yes
sam claims a lead of cleo:   no
cleo creates ada in the north: yes, it is in `new`
cleo creates bob in the south: yes, it is in `new`
cleo moves ada: yes, it is in `contacted`
cleo moves bob: no, contractors move leads of their own region only
sam moves bob: no, no policy lets sam do `move` here
mia moves bob: yes, it is in `contacted`
mia forces ada: no, no policy lets mia do `force` here
";

#[test]
fn the_policies_have_the_last_word() {
    let output = Command::new(env!("CARGO_BIN_EXE_lifestage-cedar-example")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), EXPECTED);
}
