"""The knowledge base: written, published, found with and without accents, and what it spares."""

import pytest

from cases_cast import a_case, again, fetched, posted


async def an_article(lab, title, body="", locale="es", status="published", **wish):
    said = {"locale": locale, "title": title, "body": body, "status": status}
    return await posted(lab, "/v1/kb/articles", translations=[said], **wish)


async def found(lab, query, **asked):
    items = (await fetched(lab, "/v1/kb/search", **{"q": query, "locale": "es", **asked}))["items"]
    return [each["title"] for each in items]


ACCENTED = "Garantía de la batería"
PLAIN_BODY = "Devolución de envíos. Reparación por técnicos. Avería."


@pytest.mark.parametrize(
    "query",
    [
        "garantia bateria",
        "garantía batería",
        "baterias",
        "devoluciones",
        "devolucion",
        "envios",
        "tecnicos",
        "reparaciones",
        "averia",
    ],
)
async def test_accented_text_is_found_with_and_without_accents(lab, query):
    await an_article(lab, ACCENTED, PLAIN_BODY)

    assert await found(lab, query) == [ACCENTED]


@pytest.mark.parametrize("query", ["envíos", "reparación batería"])
async def test_unaccented_text_is_found_with_accents(lab, query):
    await an_article(lab, "Envios", "Reparacion de la bateria")

    assert await found(lab, query) == ["Envios"]


async def test_the_true_word_outranks_the_folded_one(lab):
    await an_article(lab, "Ano nuevo")
    await an_article(lab, "Año nuevo")

    assert await found(lab, "año") == ["Año nuevo", "Ano nuevo"]


async def test_a_title_outranks_a_body(lab):
    await an_article(lab, "Otra cosa", "La batería se agota")
    await an_article(lab, "La batería se agota")

    assert (await found(lab, "batería"))[0] == "La batería se agota"


async def test_without_a_language_spanish_and_english_are_searched(lab):
    await an_article(lab, "Cargadores rotos")
    await an_article(lab, "Broken chargers", locale="en")

    assert await found_anywhere(lab, "charger") == ["Broken chargers"]
    assert await found_anywhere(lab, "cargador") == ["Cargadores rotos"]


async def found_anywhere(lab, query):
    return [each["title"] for each in (await fetched(lab, "/v1/kb/search", q=query))["items"]]


async def test_drafts_and_archived_articles_are_not_found(lab):
    article = await an_article(lab, "Cargador", status="draft")
    path = f"/v1/kb/articles/{article['id']}/translations/es"
    assert await found(lab, "cargador") == []

    await posted(lab, f"{path}/publish", 200)
    assert await found(lab, "cargador") == ["Cargador"]

    await posted(lab, f"{path}/archive", 200)
    assert await found(lab, "cargador") == []


async def test_customers_see_public_articles_only(lab):
    await an_article(lab, "Cargador interno", visibility="internal")

    assert await found(lab, "cargador") == []
    assert await found(lab, "cargador", audience="internal") == ["Cargador interno"]


async def test_what_is_rewritten_is_found_by_its_new_words(lab):
    article = await an_article(lab, "Cargador")
    path = f"/v1/kb/articles/{article['id']}/translations/es"

    await lab.client.put(path, json={"title": "Enchufe", "body": ""})

    assert (await found(lab, "cargador"), await found(lab, "enchufe")) == ([], ["Enchufe"])


async def test_another_language_begins_as_a_draft(lab):
    article = await an_article(lab, "Cargador")

    answer = await lab.client.put(f"/v1/kb/articles/{article['id']}/translations/en", json={"title": "Charger"})

    assert (answer.status_code, answer.json()["status"]) == (200, "draft")
    again_ = await fetched(lab, f"/v1/kb/articles/{article['id']}")
    assert [each["locale"] for each in again_["translations"]] == ["en", "es"]


async def test_publishing_twice_is_refused_with_what_is_possible(lab):
    article = await an_article(lab, "Cargador")

    answer = await lab.client.post(f"/v1/kb/articles/{article['id']}/translations/es/publish")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


async def test_a_case_is_suggested_articles_by_any_of_its_words(lab):
    await an_article(lab, "Qué hacer si no enciende el cargador")
    await an_article(lab, "Devoluciones")
    case = await a_case(lab, subject="No enciende", description="El cargador está frío", language="es")

    items = (await fetched(lab, f"/v1/cases/{case['id']}/suggestions"))["items"]

    assert [each["title"] for each in items] == ["Qué hacer si no enciende el cargador"]


async def test_articles_about_the_product_are_suggested_first(lab):
    product = "prd_01jx8zk5e8f0tvr9q2m4c6h8ab"
    await an_article(lab, "Cargador cualquiera")
    await an_article(lab, "Cargador de la lámpara", product_ids=[product])

    found_ = await posted(lab, "/v1/kb/suggestions", 200, subject="cargador", locale="es", product_id=product)

    assert found_["items"][0]["title"] == "Cargador de la lámpara"


async def searched(lab, query="cargador", **more):
    return await posted(lab, "/v1/kb/searches", query=query, locale="es", visitor="web-1", **more)


async def clicked(lab, search, article):
    return await lab.client.post(f"/v1/kb/searches/{search['id']}/click", json={"article_id": article["id"]})


async def test_an_opened_article_and_no_case_is_a_case_spared(lab):
    article = await an_article(lab, "Cargador")
    await clicked(lab, await searched(lab), article)
    await searched(lab, "nada de nada")

    deflection = await fetched(lab, "/v1/metrics/support/deflection")

    assert (deflection["numerator"], deflection["denominator"], deflection["value"]) == (1, 2, 50.0)
    assert deflection["without_results"] == 1


@pytest.mark.parametrize(("wait", "spared"), [("PT30M", 0), ("PT31M", 1)])
async def test_a_case_within_half_an_hour_was_not_spared(make_lab, wait, spared):
    lab = await make_lab(clock_at="2026-06-01T08:00:00Z")
    article = await an_article(lab, "Cargador")
    search = await searched(lab)
    await clicked(lab, search, article)
    at = search["searched_at"]
    await lab.advance(wait)
    late = await lab.now()
    occurred = at.replace("08:00", f"08:{wait[2:4]}")
    assert late.isoformat() > at

    case = await a_case(lab, visitor="web-1", occurred_at=occurred)
    await lab.settle()

    assert (await fetched(lab, "/v1/metrics/support/deflection", **{"from": "2026-06-01", "to": "2026-06-02"}))[
        "numerator"
    ] == spared
    assert (await again(lab, case))["id"] == case["id"]


async def test_the_searches_behind_what_was_spared(make_lab):
    lab = await make_lab(clock_at="2026-06-01T08:00:00Z")
    article = await an_article(lab, "Cargador")
    await clicked(lab, await searched(lab), article)
    await lab.advance("PT10M")
    early = (await lab.now()).isoformat()
    await lab.advance("PT10M")
    case = await a_case(lab, visitor="web-1")
    await lab.settle()
    await searched(lab, "nada de nada")

    now = await fetched(lab, "/v1/metrics/support/deflection/cases")
    then = await fetched(lab, "/v1/metrics/support/deflection", as_of=early)
    first = await fetched(lab, "/v1/metrics/support/deflection/cases", limit=1)
    second = await fetched(lab, "/v1/metrics/support/deflection/cases", limit=1, cursor=first["next_cursor"])
    table = (await lab.client.get("/v1/metrics/support/deflection/export")).text.splitlines()

    assert [(row["case_id"], row["hit"]) for row in now["items"]] == [(case["id"], False), (None, False)]
    assert (now["total"], first["has_more"], second["has_more"], len(table)) == (2, True, False, 3)
    assert [*first["items"], *second["items"]] == now["items"]
    assert (then["numerator"], then["denominator"], then["value"]) == (1, 1, 100.0)


async def test_nobody_searched_is_no_number(lab):
    assert (await fetched(lab, "/v1/metrics/support/deflection"))["value"] is None


async def test_only_a_result_can_be_opened(lab):
    other = await an_article(lab, "Devoluciones")
    await an_article(lab, "Cargador")

    answer = await clicked(lab, await searched(lab), other)

    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_result")


async def test_feedback_is_counted(lab):
    article = await an_article(lab, "Cargador")
    path = f"/v1/kb/articles/{article['id']}"

    await posted(lab, f"{path}/feedback", locale="es", helpful=True)
    await posted(lab, f"{path}/feedback", locale="es", helpful=False, comment="No")

    now = await fetched(lab, path)
    assert (now["helpful_count"], now["unhelpful_count"]) == (1, 1)


async def test_articles_of_another_shop_are_not_found(lab):
    await an_article(lab, "Cargador")
    other = await lab.other()

    assert await found(other, "cargador") == []


async def asked(lab, question, **wish):
    return await posted(lab, "/v1/kb/answers", question=question, **wish)


@pytest.mark.parametrize(
    ("question", "locale"),
    [("¿Cómo devuelvo un pedido con garantía?", "es"), ("como devuelvo un pedido con garantia", None)],
)
async def test_a_question_that_an_article_answers_is_answered_in_full(lab, question, locale):
    body = "Para devolver un pedido: devuelvo el paquete con la etiqueta. La garantía dura tres años."
    good = await an_article(lab, "Devolver un pedido en garantía", body)
    await an_article(lab, "Horario de la tienda", "Abrimos de lunes a viernes, también para un pedido urgente")

    found = await asked(lab, question, locale=locale)

    assert (found["verdict"], found["items"][0]["article_id"]) == ("answer", good["id"])
    assert found["items"][0]["body"] == body
    assert 0.6 <= found["confidence"] <= 1


async def test_a_question_in_english_is_answered_too(lab):
    await an_article(lab, "Return an order", "Print the label and return your order within 30 days", locale="en")

    found = await asked(lab, "How do I return my order?", locale="en")

    assert (found["verdict"], found["confidence"]) == ("answer", 1.0)


async def test_a_question_that_shares_one_word_is_handed_over(lab):
    await an_article(lab, "Horario", "Abrimos de lunes a viernes, también para un pedido urgente")

    found = await asked(lab, "mi pedido llegó con la pantalla rota", locale="es")

    assert (found["verdict"], len(found["items"])) == ("hand_over", 1)
    assert found["confidence"] < 0.3


async def test_a_question_that_nothing_answers_is_handed_over(lab):
    found = await asked(lab, "¿Qué tiempo hace?")

    assert (found["verdict"], found["confidence"], found["items"]) == ("hand_over", 0.0, [])


async def test_customers_are_never_answered_from_internal_articles(lab):
    await an_article(lab, "Descuento de cortesía", "Ofrece el descuento de cortesía", visibility="internal")

    assert (await asked(lab, "descuento de cortesía"))["items"] == []
    assert (await asked(lab, "descuento de cortesía", audience="internal"))["verdict"] == "answer"


async def test_readers_who_were_not_helped_count_against_an_article(lab):
    article = await an_article(lab, "Cambiar la pila", "Abre la tapa y cambia la pila")
    before = (await asked(lab, "cambiar la pila"))["confidence"]
    for _ in range(4):
        await posted(lab, f"/v1/kb/articles/{article['id']}/feedback", locale="es", helpful=False)

    assert (await asked(lab, "cambiar la pila"))["confidence"] == before / 2


async def test_an_answer_is_a_remembered_search_that_can_spare_a_case(lab):
    article = await an_article(lab, "Cambiar la pila")
    found = await asked(lab, "cambiar la pila", visitor="v1")

    await posted(lab, f"/v1/kb/searches/{found['id']}/click", 200, article_id=article["id"])

    assert (await fetched(lab, "/v1/metrics/support/deflection"))["value"] == 100.0


@pytest.mark.parametrize(
    "query", ["devolucion", "DEVOLUCION", "reparacion pantalla", "extension", "-cambio devolucion"]
)
async def test_a_singular_without_accents_finds_the_plural(lab, query):
    text = {"title": "Devoluciones", "body": "También reparaciones de la pantalla y extensiones."}
    await an_article(lab, **text)

    found = (await lab.client.get("/v1/kb/search", params={"q": query, "locale": "es"})).json()["items"]

    assert [each["title"] for each in found] == ["Devoluciones"]


async def test_a_translation_that_is_taken_back_is_found_no_more(lab):
    article = await an_article(lab, ACCENTED, PLAIN_BODY)
    path = f"/v1/kb/articles/{article['id']}/translations/es"

    back = await lab.client.post(f"{path}/unpublish")

    assert (back.status_code, back.json()["status"]) == (200, "draft")
    assert await found(lab, "garantia") == []
    twice = await lab.client.post(f"{path}/unpublish")
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid_transition")
    assert (await lab.client.post(f"{path}/publish")).json()["status"] == "published"
    assert await found(lab, "garantia") == [ACCENTED]
