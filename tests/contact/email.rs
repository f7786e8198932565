use lifestage::contact::normalize_email;
use proptest::prelude::*;

#[test]
fn equal_addresses_have_one_form() {
    for (written, normal) in [
        ("ada@example.com", "ada@example.com"),
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@EXAMPLE.com\t\r\n", "ada@example.com"),
        ("\u{a0}\u{feff}ada@example.com\u{200b}", "ada@example.com"),
        // Tags and dots are kept: they may be other people's (S57).
        ("A.D.A+Tag@example.com", "a.d.a+tag@example.com"),
        ("o'hara_%&*/=?^{|}~!#$-@example.com", "o'hara_%&*/=?^{|}~!#$-@example.com"),
        ("ada@Sub-1.Example.CO.UK", "ada@sub-1.example.co.uk"),
        ("ada@127.example.com", "ada@127.example.com"),
        // Domains beyond ASCII, and the same ones coded.
        ("eva@MÜNCHEN.example", "eva@xn--mnchen-3ya.example"),
        ("eva@mu\u{308}nchen.example", "eva@xn--mnchen-3ya.example"),
        ("Eva@XN--MNCHEN-3YA.example", "eva@xn--mnchen-3ya.example"),
        ("eva@faß.example", "eva@xn--fa-hia.example"),
        ("eva@例え。テスト", "eva@xn--r8jz45g.xn--zckzah"),
        ("ada@ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
        // Local parts beyond ASCII: composed and folded without a locale.
        ("Straße@example.com", "strasse@example.com"),
        ("E\u{301}va@example.com", "éva@example.com"),
        ("ÉVA@example.com", "éva@example.com"),
        ("ΣΊΣΥΦΟΣ@example.com", "σίσυφοσ@example.com"),
        ("σίσυφος@example.com", "σίσυφοσ@example.com"),
        ("IŞIK@example.com", "işik@example.com"),
        ("ışık@example.com", "ışık@example.com"),
        ("İ@example.com", "i\u{307}@example.com"),
        ("ａｄａ@example.com", "ａｄａ@example.com"),
    ] {
        assert_eq!(normalize_email(written).unwrap(), normal, "{written}");
        assert_eq!(normalize_email(normal).unwrap(), normal, "normal form is stable");
    }
}

#[test]
fn an_address_in_its_form_is_not_copied() {
    let borrowed = |text| matches!(normalize_email(text), Ok(std::borrow::Cow::Borrowed(_)));
    assert!(borrowed("ada.l+crm@example.com"));
    assert!(borrowed(" ada.l+crm@example.com "));
    assert!(!borrowed("Ada@example.com"));
}

#[test]
fn what_is_no_address_is_refused() {
    let long = |n: usize| "a".repeat(n);
    for bad in [
        "",
        " ",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "ada lovelace@example.com",
        "ada@exa mple.com",
        "a@b@example.com",
        "ada＠example.com",
        // Lists, names beside the address, links and quotes.
        "ada@example.com, eva@example.com",
        "ada@example.com;",
        "Ada <ada@example.com>",
        "mailto:ada@example.com",
        "\"ada lovelace\"@example.com",
        "(ada)ada@example.com",
        "ada@[127.0.0.1]",
        "ada\\@example.com",
        // Dots and hyphens where none may be.
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "ada@.com",
        "ada@example..com",
        "ada@example.com.",
        "ada@localhost",
        "ada@-example.com",
        "ada@example-.com",
        "ada@ex--ample.com",
        "ada@exa_mple.com",
        // Characters that show nothing.
        "a\u{0}@example.com",
        "ad\u{200b}a@example.com",
        "ad\u{202e}a@example.com",
        // Domains that IDNA does not know.
        "ada@xn--a.example",
        "ada@xn--.example",
        "ada@\u{301}a.example",
        "ada@a\u{2260}b\u{0}.example",
        &format!("{}@example.com", long(320)),
        &format!("ada@{}.com", long(64)),
        &format!("ada@{}com", "abcdefg.".repeat(40)),
        &format!("ada@{}.com", "ü".repeat(63)),
        // Folding makes it too long.
        &format!("{}@example.com", "ŉ".repeat(150)),
    ] {
        let error = normalize_email(bad).unwrap_err();
        assert!(error.to_string().ends_with("` is not an e-mail address"), "{bad:?}: {error}");
    }
    assert!(normalize_email(&format!("{}@example.com", long(300))).is_ok());
    assert!(normalize_email(&format!("ada@{}.com", long(63))).is_ok());
}

proptest! {
    #[test]
    fn the_form_is_stable(local in r#"[^@\p{Cc}]{1,12}"#, domain in r"[\p{L}0-9-]{1,8}\.(com|example|XN--P1AI|рф)") {
        let written = format!("{local}@{domain}");
        if let Ok(normal) = normalize_email(&written) {
            prop_assert_eq!(normalize_email(&normal).unwrap(), normal.clone());
        }
    }

    #[test]
    fn case_and_blanks_never_matter(local in "[a-z0-9.+_-]{1,20}", domain in r"[a-z]{1,9}\.[a-z]{2,5}", upper: u32) {
        let plain = format!("{local}@{domain}");
        let cased: String = plain
            .chars()
            .enumerate()
            .map(|(at, c)| if upper >> (at % 32) & 1 == 1 { c.to_ascii_uppercase() } else { c })
            .collect();
        let other = format!(" {cased}\t");
        prop_assert_eq!(normalize_email(&plain).ok(), normalize_email(&other).ok());
    }
}
