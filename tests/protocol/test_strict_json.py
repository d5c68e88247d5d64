"""JSON that is refused: numbers, keys, depth, encodings, and the kinds of JSONTestSuite."""

import json
import time

import pytest

from protocol import strict_json
from protocol.errors import BadJson, IllegalSend, ProtocolError
from tests.protocol.samples import connected, framed

REFUSED = {
    "array_1_true_without_comma": b"[1 true]",
    "array_a_invalid_utf8": b"[a\xe5]",
    "array_colon_instead_of_comma": b'["": 1]',
    "array_comma_after_close": b'[""],',
    "array_comma_and_number": b"[,1]",
    "array_double_comma": b"[1,,2]",
    "array_double_extra_comma": b'["x",,]',
    "array_extra_close": b'["x"]]',
    "array_extra_comma": b'["",]',
    "array_incomplete": b'["x"',
    "array_inner_array_no_comma": b"[3[4]]",
    "array_items_separated_by_semicolon": b"[1:2]",
    "array_just_comma": b"[,]",
    "array_just_minus": b"[-]",
    "array_newlines_unclosed": b'["a",\n4\n,1,',
    "array_number_and_several_commas": b"[1,,]",
    "array_spaces_vertical_tab_formfeed": b'["\x0ba"\\f]',
    "array_star_inside": b"[*]",
    "array_unclosed_with_object_inside": b"[{}",
    "incomplete_false": b"[fals]",
    "incomplete_null": b"[nul]",
    "incomplete_true": b"[tru]",
    "multidigit_number_then_00": b"123\x00",
    "number_minus_minus": b"[--1]",
    "number_plus_plus": b"[++1234]",
    "number_plus_1": b"[+1]",
    "number_minus_01": b"[-01]",
    "number_minus_2_dot": b"[-2.]",
    "number_minus_NaN": b"[-NaN]",
    "number_minus_Infinity": b"[-Infinity]",
    "number_dot_minus_1": b"[.-1]",
    "number_dot_2e_minus_3": b"[.2e-3]",
    "number_0_1_2": b"[0.1.2]",
    "number_0_3e_plus": b"[0.3e+]",
    "number_0_capital_E": b"[0E]",
    "number_0_e1": b"[0e+-1]",
    "number_1_000": b"[1 000]",
    "number_1eE2": b"[1eE2]",
    "number_2_dot_e3": b"[2.e3]",
    "number_9_dot_e_plus": b"[9.e+]",
    "number_Inf": b"[Inf]",
    "number_NaN": b"[NaN]",
    "number_Infinity": b"[Infinity]",
    "number_expression": b"[1+2]",
    "number_hex": b"[0x42]",
    "number_fullwidth_digit": "[１]".encode(),
    "number_arabic_digits": "[٣]".encode(),
    "number_invalid_utf8_in_exponent": b"[1e1\xe5]",
    "number_leading_zero": b"[012]",
    "number_minus_space_1": b"[- 1]",
    "number_minus_sign_with_trailing_garbage": b"[-foo]",
    "number_underscore": b"[1_000]",
    "number_with_alpha": b"[1.2a-3]",
    "object_bad_value": b'["x", truth]',
    "object_bracket_key": b'{[: "x"}\n',
    "object_comma_instead_of_colon": b'{"x", null}',
    "object_double_colon": b'{"x"::"b"}',
    "object_garbage_at_end": b'{"a":"a" 123}',
    "object_key_with_single_quotes": b"{key: 'value'}",
    "object_missing_key": b'{:"b"}',
    "object_missing_semicolon": b'{"a" "b"}',
    "object_missing_value": b'{"a":',
    "object_no_colon": b'{"a"',
    "object_non_string_key": b"{1:1}",
    "object_repeated_null_null": b"{null:null,null:null}",
    "object_several_trailing_commas": b'{"id":0,,,,,}',
    "object_single_quote": b"{'a':0}",
    "object_trailing_comma": b'{"id":0,}',
    "object_trailing_comment": b'{"a":"b"}/**/',
    "object_trailing_comment_slash": b'{"a":"b"}//',
    "object_unquoted_key": b'{a: "b"}',
    "object_unterminated_value": b'{"a":"a',
    "object_with_single_string": b'{ "foo" : "bar", "a" }',
    "single_space": b" ",
    "string_1_surrogate_then_escape": b'["\\uD800\\"]',
    "string_surrogate_u": b'["\\uD800\\u"]',
    "string_surrogate_u1": b'["\\uD800\\u1"]',
    "string_accentuated_char_no_quotes": "[é]".encode(),
    "string_backslash_00": b'["\\\x00"]',
    "string_escape_x": b'["\\x00"]',
    "string_escaped_backslash_bad": b'["\\\\\\"]',
    "string_escaped_ctrl_char_tab": b'["\\\t"]',
    "string_escaped_emoji": '["\\🌀"]'.encode(),
    "string_incomplete_escape": b'["\\"]',
    "string_incomplete_escaped_character": b'["\\u00A"]',
    "string_incomplete_surrogate": b'["\\uD834\\uDd"]',
    "string_invalid_backslash_esc": b'["\\a"]',
    "string_invalid_unicode_escape": b'["\\uqqqq"]',
    "string_invalid_utf8_after_escape": b'["\\\xe5"]',
    "string_leading_uescaped_thinspace": b'[\\u0020"asd"]',
    "string_no_quotes_with_bad_escape": b"[\\n]",
    "string_single_doublequote": b'"',
    "string_single_quote": b"['single quote']",
    "string_start_escape_unclosed": b'["\\',
    "string_unescaped_ctrl_char": b'["a\x00a"]',
    "string_unescaped_newline": b'["new\nline"]',
    "string_unescaped_tab": b'["\t"]',
    "string_unicode_capital_U": b'"\\UA66D"',
    "string_with_trailing_garbage": b'""x',
    "structure_angle_bracket_dot": b"<.>",
    "structure_array_trailing_garbage": b"[1]x",
    "structure_array_with_extra_close": b"[1]]",
    "structure_ascii_unicode_identifier": "aå".encode(),
    "structure_capitalized_True": b"[True]",
    "structure_close_unopened_array": b"1]",
    "structure_comma_instead_of_closing_brace": b'{"x": true,',
    "structure_double_array": b"[][]",
    "structure_end_array": b"]",
    "structure_incomplete_UTF8_BOM": b"\xef\xbb{}",
    "structure_lone_invalid_utf_8": b"\xe5",
    "structure_lone_open_bracket": b"[",
    "structure_no_data": b"",
    "structure_null_byte_outside_string": b"[\x00]",
    "structure_number_with_trailing_garbage": b"2@",
    "structure_object_followed_by_closing_object": b"{}}",
    "structure_object_with_comment": b'{"a":/*comment*/"b"}',
    "structure_object_with_trailing_garbage": b'{"a": true} "x"',
    "structure_open_array_apostrophe": b"['",
    "structure_open_array_open_object": b"[{" * 50_000,
    "structure_open_array_string": b'["a"',
    "structure_open_object_close_array": b"{]",
    "structure_open_open": b'["\\{["\\{["\\{["\\{',
    "structure_single_star": b"*",
    "structure_trailing_hash": b'{"a":"b"}#{}',
    "structure_U2060_word_joined": "[\u2060]".encode(),
    "structure_uescaped_LF_before_string": b'[\\u000A""]',
    "structure_unclosed_array_partial_null": b"[ false, nul",
    "structure_unicode_identifier": "å".encode(),
    "structure_UTF8_BOM_no_data": b"\xef\xbb\xbf",
    "structure_whitespace_formfeed": b"[\x0c]",
    "structure_whitespace_nbsp": "[\u00a0]".encode(),
    "structure_100000_opening_arrays": b"[" * 100_000,
}
"""Kinds of n_ cases: what no JSON parser may take."""

UNDECIDED = {
    "number_huge_exp": b"[0.4e00669999999999999999999999999999999999999999999999999999999999996]",
    "number_neg_int_huge_exp": b"[-1e+9999]",
    "number_double_huge_neg_exp": b"[123.456e-789]",
    "number_too_big_pos_int": b"[100000000000000000000]",
    "number_very_big_negative_int": b"[-237462374673276894279832749832423479823246327846]",
    "number_real_underflow": b"[123e-10000000]",
    "object_key_lone_2nd_surrogate": b'{"\\uDFAA":0}',
    "string_1st_surrogate_but_2nd_missing": b'["\\uDADA"]',
    "string_1st_valid_surrogate_2nd_invalid": b'["\\uD888\\u1234"]',
    "string_incomplete_surrogate_and_escape_valid": b'["\\uD800\\n"]',
    "string_inverted_surrogates": b'["\\uDd1e\\uD834"]',
    "string_UTF16LE_with_BOM": b'\xff\xfe["\x00\xe9\x00"\x00]\x00',
    "string_utf16BE_no_BOM": b'\x00[\x00"\x00\xe9\x00"\x00]',
    "string_invalid_utf_8": b'["\xff"]',
    "string_overlong_sequence": b'["\xc0\xaf"]',
    "string_overlong_6_bytes": b'["\xfc\x83\xbf\xbf\xbf\xbf"]',
    "string_not_in_unicode_range": b'["\xf4\xbf\xbf\xbf"]',
    "string_UTF8_surrogate_U_D800": b'["\xed\xa0\x80"]',
    "string_truncated_utf_8": b'["\xe0\xff"]',
    "string_lone_utf8_continuation_byte": b'["\x81"]',
    "structure_500_nested_arrays": b"[" * 500 + b"]" * 500,
    "structure_UTF8_BOM_empty_object": b"\xef\xbb\xbf{}",
    "object_duplicated_key": b'{"a":"b","a":"c"}',
    "object_duplicated_key_and_value": b'{"a":"b","a":"b"}',
}
"""Kinds of i_ cases, and the double keys the suite lets pass: refused here or read, never worse."""

READ: dict[str, tuple[bytes, object]] = {
    "array_arraysWithSpaces": (b"[[]   ]", [[]]),
    "array_empty_string": (b'[""]', [""]),
    "array_heterogeneous": (b'[null, 1, "1", {}]', [None, 1, "1", {}]),
    "array_with_1_and_newline": (b"[1\n]", [1]),
    "array_with_several_null": (b"[1,null,null,2]", [1, None, None, 2]),
    "array_with_trailing_space": (b"[2] ", [2]),
    "number_0e_plus_1": (b"[0e+1]", [0.0]),
    "number_after_space": (b"[ 4]", [4]),
    "number_close_to_zero": (b"[-0.0000000000000000000000000000000000001]", [-1e-37]),
    "number_minus_zero": (b"[-0]", [0]),
    "number_real_capital_e": (b"[1E22]", [1e22]),
    "number_real_fraction_exponent": (b"[123.456e78]", [123.456e78]),
    "object_basic": (b'{"asd":"sdf"}', {"asd": "sdf"}),
    "object_empty_key": (b'{"":0}', {"": 0}),
    "object_escaped_null_in_key": (b'{"foo\\u0000bar": 42}', {"foo\0bar": 42}),
    "object_with_newlines": (b'{\n"a": "b"\n}', {"a": "b"}),
    "string_accepted_surrogate_pair": (b'["\\uD801\\udc37"]', ["\U00010437"]),
    "string_allowed_escapes": (b'["\\"\\\\\\/\\b\\f\\n\\r\\t"]', ['"\\/\b\f\n\r\t']),
    "string_backslash_doublequotes": (b'["\\""]', ['"']),
    "string_comments": (b'["a/*b*/c/*d//e"]', ["a/*b*/c/*d//e"]),
    "string_double_escape_a": (b'["\\\\a"]', ["\\a"]),
    "string_escaped_noncharacter": (b'["\\uFFFF"]', ["\uffff"]),
    "string_in_array_with_leading_space": (b'[ "asd"]', ["asd"]),
    "string_nonCharacterInUTF_8": ('["\uffff"]'.encode(), ["\uffff"]),
    "string_reservedCharacter": ('["\U0001bfff"]'.encode(), ["\U0001bfff"]),
    "string_u_2028_line_sep": ('["\u2028"]'.encode(), ["\u2028"]),
    "string_unescaped_char_delete": (b'["\x7f"]', ["\x7f"]),
    "string_utf8": ('["€𝄞"]'.encode(), ["€𝄞"]),
    "string_brackets_inside": (b'["' + b"[{" * 500 + b'"]', ["[{" * 500]),
    "structure_lonely_false": (b"false", False),
    "structure_lonely_int": (b"42", 42),
    "structure_lonely_negative_real": (b"-0.1", -0.1),
    "structure_lonely_null": (b"null", None),
    "structure_lonely_string": (b'"asd"', "asd"),
    "structure_string_empty": (b'""', ""),
    "structure_true_in_array": (b"[true]", [True]),
    "structure_whitespace_array": (b" [] ", []),
    "structure_deepest_allowed": (b"[" * 8 + b"]" * 8, [[[[[[[[]]]]]]]]),
}
"""Kinds of y_ cases: what every JSON parser must take."""


@pytest.mark.parametrize("name", REFUSED)
def test_b19_what_is_no_json_is_refused(name: str) -> None:
    """The n_ kinds of JSONTestSuite."""
    with pytest.raises(BadJson):
        strict_json.loads(REFUSED[name])


@pytest.mark.parametrize("name", UNDECIDED)
def test_b19_what_parsers_disagree_about_is_read_or_refused(name: str) -> None:
    """The i_ kinds of JSONTestSuite: no other exception, and nothing that cannot be written."""
    try:
        value = strict_json.loads(UNDECIDED[name])
    except BadJson:
        return
    assert strict_json.loads(strict_json.dumps(value)) == value


@pytest.mark.parametrize("name", READ)
def test_b19_what_is_json_is_read(name: str) -> None:
    """The y_ kinds of JSONTestSuite, up to our depth."""
    body, value = READ[name]
    assert strict_json.loads(body) == value
    assert type(strict_json.loads(body)) is type(value)


def test_b19_no_kind_of_json_ends_a_session_with_anything_but_a_clear_error() -> None:
    """Every body of the three lists as a frame: a RemoteError, never a message."""
    bodies = [*REFUSED.values(), *UNDECIDED.values(), *(body for body, _ in READ.values())]
    for body in bodies:
        if not 0 < len(body) <= 65_536:
            continue
        _, server = connected()
        with pytest.raises(ProtocolError):
            server.receive(framed(body))
        assert server.closed
        assert b'"kind":"error"' in server.error_bytes()


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400])
def test_b6_nan_and_infinities_are_refused(text: str) -> None:
    """Also 1e999, which `parse_constant` does not see."""
    with pytest.raises(BadJson):
        strict_json.loads(f'{{"x":[{text}]}}'.encode())


def test_b7_a_hundred_thousand_brackets_are_refused() -> None:
    """Before the recursive parser sees them, so on every Python."""
    began = time.process_time()
    for opening in (b"[", b'{"a":', b"[" * 9, b"[[{"):
        with pytest.raises(BadJson, match="nested deeper"):
            strict_json.loads(opening * 100_000)
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize("error", [RecursionError(), OverflowError(), ValueError()])
def test_b7_what_the_parser_raises_is_a_refusal(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RecursionError is no ValueError; a caller deep in its stack meets it at any depth."""

    def fail(_text: str | bytes) -> object:
        raise error

    monkeypatch.setattr("msgspec.json.decode", fail)
    monkeypatch.setattr(strict_json._DECODER, "decode", fail)
    with pytest.raises(BadJson):
        strict_json.loads(b"[]")


def test_b7_escapes_cannot_make_the_depth_check_slow() -> None:
    """64 KiB of quotes and backslashes take linear time."""
    began = time.process_time()
    for piece in (b'\\"', b'"\\', b'"\\"', b'"['):
        with pytest.raises(BadJson):
            strict_json.loads(piece * (65_536 // len(piece)))
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("digits", [41, 4_299, 5_000, 60_000])
def test_b8_integers_of_thousands_of_digits_are_refused(digits: int) -> None:
    """Whatever Python's own limit is set to."""
    for sign in ("", "-"):
        with pytest.raises(BadJson):
            strict_json.loads(f"[{sign}{'7' * digits}]".encode())


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b'[{"b":{"a":1,"\\u0061":1}}]'])
def test_b9_double_keys_are_refused(body: bytes) -> None:
    """Two readers could disagree about which counts."""
    with pytest.raises(BadJson, match="same key twice"):
        strict_json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        rb'["\ud800"]',
        rb'["\udfff\ud800"]',
        rb'{"\ud800":1}',
        rb'{"a":[{"b":"x\uDC00"}]}',
        b'["\xed\xa0\x80"]',
    ],
)
def test_b13_half_a_surrogate_pair_is_refused(body: bytes) -> None:
    """It could not be stored or sent on; as an escape and as raw bytes."""
    with pytest.raises(BadJson):
        strict_json.loads(body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_b14_other_encodings_and_marks_are_refused(encoding: str) -> None:
    """`json.loads` would take them all."""
    with pytest.raises(BadJson):
        strict_json.loads('{"kind":"bye"}'.encode(encoding))


@pytest.mark.parametrize("body", [b"{}{}", b"{} {}", b"{}\n[]", b"{}x", b"1 2", b"{},", b"{}\x00"])
def test_b18_anything_behind_the_value_is_refused(body: bytes) -> None:
    """One frame, one value."""
    with pytest.raises(BadJson):
        strict_json.loads(body)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}, {"a": b"x"}])
def test_what_would_be_refused_is_not_written(value: object) -> None:
    """Our own side finds its mistake before the peer does."""
    with pytest.raises(IllegalSend):
        strict_json.dumps(value)


def test_numbers_survive_the_way_there_and_back() -> None:
    """A float64 is written with all its digits."""
    numbers = [0.1, 1 / 3, -2.2250738585072014e-308, 1.7976931348623157e308, 2**53]
    assert strict_json.loads(strict_json.dumps(numbers)) == numbers
    assert json.loads(strict_json.dumps({"é": "\u2028"})) == {"é": "\u2028"}
