# What is wrong with a payment that came in. Its reference names invoices, separated by commas, with a remark in brackets
# behind some; "(Partial)" says that a part is paid.
package countersign.effect

import rego.v1

parts := [trim_space(part) | some part in split(input.payment.reference, ",")]

is_partial(part) if contains(part, "(Partial)")

named(part) := trim_space(split(part, "(")[0])

invoices[id] := invoice if {
	some invoice in input.invoices
	id := invoice.id
}

cents(amount) := round(amount * 100)

escalate contains finding if {
	some part in parts
	is_partial(part)
	invoice := invoices[named(part)]
	left := cents(invoice.amount) - cents(input.payment.amount)
	left > 0
	finding := {"code": "partial_payment", "message": sprintf("%s is paid in part, %v remain", [invoice.id, left / 100])}
}

escalate contains finding if {
	some part in parts
	not invoices[named(part)]
	finding := {"code": "unknown_invoice", "message": sprintf("there is no invoice %s", [named(part)])}
}
