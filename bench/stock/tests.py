"""Every endpoint that is measured answers as it should: `python -m django test bench.stock`."""

import json
import tempfile
from pathlib import Path

from django.test import TestCase

from bench.people import PASSWORD, People
from bench.stock.models import User
from bench.stock.seeding import seed


class EndpointTests(TestCase):
    def setUp(self):
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "people.json"
            seed(file, 2)
            self.person = People.read(file).persons[0]

    def post(self, path, status=200, **members):
        answer = self.client.post(path, json.dumps(members), "application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def get(self, path, status=200):
        answer = self.client.get(path, headers={"Authorization": f"Bearer {self.person.access}"})
        assert answer.status_code == status, answer.content
        return answer.json()

    def test_login(self):
        tokens = self.post("/token/", email=self.person.email, password=PASSWORD)
        assert set(tokens) == {"access", "refresh"}
        self.post("/token/", 401, email=self.person.email, password="another")

    def test_refresh_token_works_once(self):
        tokens = self.post("/token/refresh/", refresh=self.person.refresh)
        self.post("/token/refresh/", 401, refresh=self.person.refresh)
        self.post("/token/refresh/", refresh=tokens["refresh"])

    def test_verify(self):
        assert self.post("/token/verify/", token=self.person.access) == {}
        assert self.post("/token/verify/asking/", token=self.person.access) == {}

    def test_user(self):
        assert self.get("/user/") == self.get("/user/asking/")
        assert self.get("/user/")["email"] == self.person.email

    def test_suspended_user_is_refused_where_the_database_is_asked(self):
        User.objects.update(is_active=False)
        self.get("/user/", 401)
        self.post("/token/verify/asking/", 401, token=self.person.access)
        self.post("/token/verify/", token=self.person.access)

    def test_graphql(self):
        answer = self.client.post(
            "/graphql/",
            json.dumps({"query": "{ me { email } }"}),
            "application/json",
            headers={"Authorization": f"Bearer {self.person.access}"},
        )
        assert answer.json() == {"data": {"me": {"email": self.person.email}}}
