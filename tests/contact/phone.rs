use lifestage::contact::normalize_phone;
use proptest::prelude::*;

#[test]
fn numbers_are_completed_to_e164() {
    for (written, region, normal) in [
        ("+49 30 1234567", None, "+49301234567"),
        ("+49301234567", None, "+49301234567"),
        ("0049 (30) 123-45-67", None, "+49301234567"),
        ("+49 (0)30 1234567", None, "+49301234567"),
        ("tel:+49-30-1234567", None, "+49301234567"),
        ("+44 020 7946 0958", None, "+442079460958"),
        ("+39 06 6982", None, "+39066982"),
        ("030 1234567", Some("DE"), "+49301234567"),
        ("030/1234567", Some("DE"), "+49301234567"),
        ("(202) 555-0173", Some("US"), "+12025550173"),
        ("1-202-555-0173", Some("US"), "+12025550173"),
        ("011 49 30 1234567", Some("US"), "+49301234567"),
        ("020 7946 0958", Some("GB"), "+442079460958"),
        ("8 912 345-67-89", Some("RU"), "+79123456789"),
        ("06 1 234 5678", Some("HU"), "+3612345678"),
        ("06 6982", Some("IT"), "+39066982"),
        // The number's own country wins.
        ("+1 202 555 0173", Some("DE"), "+12025550173"),
        // Extensions are not lost.
        ("+49 30 1234567 x12", None, "+49301234567;ext=12"),
        ("+49 30 1234567 ext. 12", None, "+49301234567;ext=12"),
        ("+49 30 1234567;ext=12", None, "+49301234567;ext=12"),
        ("030 1234567 #12", Some("DE"), "+49301234567;ext=12"),
        // Letters of the keys, as Americans write them.
        ("1-800-FLOWERS", Some("US"), "+18003569377"),
        // Digits, blanks and hyphens of other kinds; marks that show nothing.
        ("＋４９ ３０ １２３４５６７", None, "+49301234567"),
        ("+٤٩٣٠١٢٣٤٥٦٧", None, "+49301234567"),
        ("\u{202a}+49\u{a0}30\u{2011}1234567\u{202c}", None, "+49301234567"),
    ] {
        assert_eq!(normalize_phone(written, region).unwrap(), normal, "{written} of {region:?}");
        assert_eq!(normalize_phone(normal, region).unwrap(), normal, "normal form is stable");
    }
}

#[test]
fn what_cannot_be_completed_is_kept_with_its_blanks_squeezed() {
    for (written, region, kept) in [
        // National numbers whose country nobody told; ten digits may be of the USA or of India.
        ("  030   1234567 ", None, "030 1234567"),
        ("(202) 555-0173", None, "(202) 555-0173"),
        ("7012345678", None, "7012345678"),
        ("030\t1234567 x12", None, "030 1234567 x12"),
        ("030 1234567 ask for Ada", None, "030 1234567 ask for Ada"),
        // Short numbers, and numbers of no plan.
        ("112", Some("DE"), "112"),
        ("*67", None, "*67"),
        ("+999 123456", None, "+999 123456"),
        ("+1 555 0100", None, "+1 555 0100"),
        ("+49 30 1234567 or 1234568", None, "+49 30 1234567 or 1234568"),
    ] {
        assert_eq!(normalize_phone(written, region).unwrap(), kept, "{written} of {region:?}");
        assert_eq!(normalize_phone(kept, region).unwrap(), kept);
    }
}

#[test]
fn what_is_no_number_is_refused() {
    let long = "1".repeat(81);
    for bad in ["", " ", "+", "()", "n/a", "unknown", "call me", "x12", "ask 030", "03\u{0}0", &long] {
        for region in [None, Some("DE")] {
            let error = normalize_phone(bad, region).unwrap_err();
            assert!(error.to_string().ends_with("` is not a phone number"), "{bad:?}: {error}");
        }
    }
}

proptest! {
    #[test]
    fn the_form_is_stable(
        text in r"[+0]?[0-9 ()/x.;=A-Za-z\u{2011}\u{a0}-]{1,20}",
        region in prop::option::of(prop::sample::select(vec!["DE", "US", "IN", "JP", "RU", "AU", "BR"])),
    ) {
        if let Ok(normal) = normalize_phone(&text, region) {
            prop_assert_eq!(normalize_phone(&normal, region).unwrap(), normal.clone());
        }
    }
}
