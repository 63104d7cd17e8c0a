"""A name server of a test's own."""

from aftersales_api.infra.http import CallFailed


def names(**answers: list[str]) -> "Resolver":
    return Resolver({name.replace("_", "."): addresses for name, addresses in answers.items()})


class Resolver:
    """A name server of the test's own; a list of lists answers differently each time."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.answers:
            raise CallFailed("dns")
        return self.answers[host]
