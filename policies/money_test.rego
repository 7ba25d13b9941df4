package countersign.money_test

import rego.v1

read(minor, currency) := {
	"step": {"work": "extract", "document": "receipt", "fields": ["total"]},
	"proposal": {"output": {"output": "fields", "fields": {"receipt.total": {"value": {
		"type": "money",
		"minor": minor,
		"currency": currency,
	}}}}},
	"mentions": {"reason": [], "summary": []},
}

limits := {"amount_read": {"EUR": "1000"}, "summary_sentences": "8", "sentence_characters": "400"}

test_a_usual_amount_passes if {
	count(data.countersign.proposal.deny) == 0 with input as read("1000", "EUR") with data.limits as limits
	count(data.countersign.proposal.escalate) == 0 with input as read("1000", "EUR") with data.limits as limits
}

test_a_negative_amount_is_denied if {
	count(data.countersign.proposal.deny) == 1 with input as read("-1", "EUR") with data.limits as limits
}

test_a_high_amount_is_looked_at if {
	some finding in data.countersign.proposal.escalate with input as read("1001", "EUR") with data.limits as limits
	finding.code == "amount_above_limit"
}

test_an_amount_beyond_floating_point_is_compared_exactly if {
	exact := {"amount_read": {"EUR": "9007199254740992"}, "summary_sentences": "8", "sentence_characters": "400"}
	count(data.countersign.proposal.escalate) == 1 with input as read("9007199254740993", "EUR") with data.limits as exact
	count(data.countersign.proposal.escalate) == 0 with input as read("9007199254740992", "EUR") with data.limits as exact
}

test_a_currency_without_limit_is_looked_at if {
	some finding in data.countersign.proposal.escalate with input as read("1", "XTS") with data.limits as limits
	finding.code == "currency_without_limit"
}

test_a_field_that_was_not_asked_for_is_denied if {
	extra := json_with_extra
	count(data.countersign.proposal.deny) == 1 with input as extra with data.limits as limits
}

json_with_extra := object.union(read("1", "EUR"), {"proposal": {"output": {"fields": {"approved": {"value": {
	"type": "yes_no",
	"yes": true,
}}}}}})
