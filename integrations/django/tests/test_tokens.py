"""Page tokens are those that Footfall makes and believes: the shared vectors say so."""

import base64
import json
from pathlib import Path
from unittest import TestCase

from footfall.tokens import make_token, to_base36


class Tokens(TestCase):
    def test_they_are_made_as_footfall_makes_them(self):
        vectors = json.loads((Path(__file__).resolve().parents[3] / "tests/vectors/page_token.json").read_text())
        key = base64.urlsafe_b64decode(vectors["site_key"]["key"] + "=")
        minted = vectors["minted"]
        self.assertEqual(minted["site"], vectors["site_key"]["site"])
        self.assertEqual(make_token(key, minted["subject"], vectors["now"]), minted["token"])

    def test_hours_are_written_in_base_36(self):
        self.assertEqual([to_base36(number) for number in (0, 35, 36, 498_682)], ["0", "z", "10", "aosa"])
