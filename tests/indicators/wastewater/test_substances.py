"""Substances: masses from formulas, names in two languages, factors as published."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.errors import UnknownNameError
from suzhou_antidrug.indicators.wastewater.substances import (
    CorrectionFactor,
    biomarker_name,
    biomarkers_frame,
    correction_factors_frame,
    index_names,
    load_biomarkers,
    load_correction_factors,
    mass_ratio,
    resolve_biomarker,
)
from suzhou_antidrug.provenance import Status

# Abridged standard atomic weights, IUPAC 2021: Prohaska and others, Pure Appl. Chem. 94 (2022) 573, table 2.
ATOMIC_WEIGHTS = {"H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "Cl": 35.45}
PRINTED = 0.0005 + 1e-9  # half a unit of the third decimal, and binary floats
NAMES = [(name, b.id) for b in load_biomarkers().values() for name in b.names if name]


@pytest.mark.parametrize("biomarker", load_biomarkers().values(), ids=lambda b: b.id)
def test_molar_mass_follows_from_the_formula(biomarker):
    atoms = re.findall(r"([A-Z][a-z]?)(\d*)", biomarker.formula)
    assert "".join(a + n for a, n in atoms) == biomarker.formula
    mass = sum(ATOMIC_WEIGHTS[a] * int(n or 1) for a, n in atoms)
    assert biomarker.molar_mass_g_per_mol == pytest.approx(mass, abs=PRINTED)


@pytest.mark.reference
def test_masses_and_names_are_those_of_the_reference(reference):
    theirs = pd.read_csv(reference / "data" / "wastewater" / "molar_masses.csv")
    for row in theirs.itertuples():
        found = resolve_biomarker(row.substance)
        assert found.molar_mass_g_per_mol == row.molar_mass_g_per_mol
        assert found.formula == row.formula
        assert resolve_biomarker(row.abbreviation) == found
        assert resolve_biomarker(row.name_zh) == found  # also 甲基苯丙胺(冰毒)


@pytest.mark.parametrize(
    ("parent", "marker", "ratio"),
    [
        ("cocaine", "benzoylecgonine", 1.0485),
        ("heroin", "morphine", 1.2946),
        ("heroin", "6-MAM", 1.1284),
        ("methadone", "EDDP", 1.1155),
        ("THC", "THC-COOH", 0.9130),
        ("etomidate", "etomidate acid", 1.1297),
        ("codeine", "morphine", 1.0492),
        ("METH", "AMP", 1.1037),
        ("nicotine", "cotinine", 0.9206),
    ],
)
def test_mass_ratios_are_the_published_ones(parent, marker, ratio):
    assert mass_ratio(parent, marker) == pytest.approx(ratio, abs=0.00005)
    assert mass_ratio(parent, marker) * mass_ratio(marker, parent) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("苯丙胺", "amphetamine"),
        ("甲基苯丙胺", "methamphetamine"),
        ("甲基苯丙胺（冰毒）", "methamphetamine"),
        ("冰毒", "methamphetamine"),
        ("甲基安非他明", "methamphetamine"),
        ("安非他明", "amphetamine"),
        ("MA", "methamphetamine"),
        ("meth", "methamphetamine"),
        ("摇头丸", "mdma"),
        ("苯甲酰爱康宁", "benzoylecgonine"),
        ("苯甲酰芽子碱", "benzoylecgonine"),
        ("ＢＥ", "benzoylecgonine"),
        ("氯胺酮", "ketamine"),
        ("Ｋ粉", "ketamine"),
        ("去甲氯胺酮", "norketamine"),
        ("四氢大麻酸", "thc_cooh"),
        ("thc cooh", "thc_cooh"),
        ("四氢大麻酚", "thc"),
        ("依托咪酯", "etomidate"),
        ("依托咪酯酸", "etomidate_acid"),
        ("甲卡西酮", "methcathinone"),
        ("6-单乙酰吗啡", "acetylmorphine_6"),
        ("O6-单乙酰吗啡", "acetylmorphine_6"),
        ("O⁶—单乙酰吗啡", "acetylmorphine_6"),
        ("6‑MAM", "acetylmorphine_6"),
        ("吗啡", "morphine"),
        ("可替宁", "cotinine"),
    ],
)
def test_names_on_laboratory_sheets(name, id_):
    assert resolve_biomarker(name).id == id_


@pytest.mark.parametrize("name", ["苯丙", "甲基", "THCA", "单乙酰吗啡", "", "()", "冰毒(K粉)", "苯丙胺类", "冰毒()x"])
def test_what_is_no_one_substance_is_refused(name):
    with pytest.raises(UnknownNameError):
        resolve_biomarker(name)


def test_the_nearest_names_are_offered():
    with pytest.raises(UnknownNameError, match="methamphetamine"):
        resolve_biomarker("methamfetamin")
    with pytest.raises(UnknownNameError, match="苯甲酰爱康宁"):
        resolve_biomarker("苯甲酰爱康")


@given(st.sampled_from(NAMES), st.sampled_from([str.upper, str.lower, str.swapcase]), st.sampled_from(["", " ", "　"]))
def test_case_width_and_spaces_do_not_matter(name_and_id, case, space):
    name, id_ = name_and_id
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in case(name))
    assert unicodedata.normalize("NFKC", wide) == unicodedata.normalize("NFKC", case(name))
    for written in (case(name), wide):
        assert resolve_biomarker(space + space.join(written) + space).id == id_


def test_one_name_cannot_mean_two_substances():
    with pytest.raises(ValueError, match="both a and b"):
        index_names([("a", ["one"]), ("b", ["ＯＮＥ"])])


def test_every_parent_is_a_drug_of_its_own():
    known = load_biomarkers()
    assert {known[b.parent].parent for b in known.values()} == {b.parent for b in known.values()}
    assert known["morphine"].parent == "morphine"  # never heroin: see the sources of morphine
    frame = biomarkers_frame()
    assert frame["id"].tolist() == list(known) and frame["id"].is_unique
    assert not frame[["name_zh", "name_en", "abbreviation", "formula"]].eq("").any().any()


@pytest.mark.reference
def test_factors_are_carried_over_unchanged(reference):
    theirs = pd.read_csv(reference / "data" / "wastewater" / "correction_factors.csv", keep_default_na=False)
    ours = correction_factors_frame().set_index("id")
    assert ours.index.tolist() == theirs["factor_id"].tolist()
    words = {"seen": "published", "unverified": "unverified", "none": ""}
    for row in theirs.itertuples():
        mine = ours.loc[row.factor_id]
        assert mine["parent"] == resolve_biomarker(row.parent).id
        assert mine["marker"] == resolve_biomarker(row.marker).id
        assert mine["origin"] == row.origin and mine["source_url"] == row.source_url
        assert mine["status"] == words[row.fraction_status]
        assert str(row.excretion_fraction) in ("", f"{mine['excretion_fraction']:g}")
        if row.mass_ratio:
            assert mine["mass_ratio"] == pytest.approx(float(row.mass_ratio), abs=0.00005)
        if row.factor_computed:
            # The reference divides the ratio rounded to four digits and prints four figures.
            assert mine["factor"] == pytest.approx(float(row.factor_computed), rel=5e-4)
        assert np.isnan(mine["factor"]) == (row.factor_computed == "")


@pytest.mark.reference
def test_chinese_levels_are_carried_over_unchanged(reference):
    theirs = pd.read_csv(reference / "data" / "wastewater" / "china_levels.csv", dtype=str, keep_default_na=False)
    ours = pd.read_csv(data_path("published", "wastewater_levels_china.csv"), dtype=str, keep_default_na=False)
    same = [c for c in theirs.columns if c != "status"]
    pd.testing.assert_frame_equal(ours[same], theirs[same])
    assert ours["status_word"].tolist() == theirs["status"].tolist()
    assert set(zip(ours["status_word"], ours["status"], strict=True)) == {
        ("seen", "published"),
        ("seen_in_part", "published"),
        ("seen_qualitative", "published"),
        ("none_found", ""),
    }


def test_each_drug_with_a_factor_has_one_default_and_says_why():
    factors = [f for f in load_correction_factors().values() if np.isfinite(f.factor)]
    defaults = [f for f in load_correction_factors().values() if f.default]
    assert sorted(f.parent for f in defaults) == sorted({f.parent for f in factors})
    assert {f.id for f in defaults} >= {"meth-0.43", "ket-0.20", "her-6mam-0.013", "mtd-eddp-0.55"}
    for f in defaults:
        assert np.isfinite(f.factor)
        assert "(assumed)" in f.advice.en and "（假定）" in f.advice.zh


def test_the_printed_factors_disagree_where_the_record_says_so():
    factors = load_correction_factors()
    assert factors["amp-0.363"].factor == pytest.approx(2.755, abs=0.0005)  # printed as 2.77
    assert factors["coc-be-0.29"].factor == pytest.approx(3.615, abs=0.0005)  # printed as 3.59
    assert abs(factors["coc-be-0.45"].factor - 2.33) < 0.005
    assert factors["ket-nk"].status is None and factors["eto-acid"].status is None
    assert factors["amp-net"].status is Status.PUBLISHED


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.01, 43.0])
def test_an_impossible_fraction_is_refused(fraction):
    with pytest.raises(ValueError, match="0-1"):
        CorrectionFactor("mine", "methamphetamine", "methamphetamine", fraction, 1.0, "own", Status.REPORTED)
    assert CorrectionFactor("mine", "thc", "thc", 1.0, 2.0, "own", Status.REPORTED).factor == 2.0


def test_a_biomarker_that_is_not_listed_keeps_its_name():
    assert (biomarker_name("nitazene_x").zh, biomarker_name("nitazene_x").en) == ("nitazene_x", "nitazene_x")
    assert biomarker_name("mdma").en == "MDMA"
