# What a shop's desk must not do, over its own orders.
package countersign.effect

import rego.v1

order := input.database_slice.orders[input.call.arguments.order_id]

buyer := input.database_slice.users[order.user_id]

deny contains sprintf("only a pending order is cancelled; this one is %s", [order.status]) if {
	input.call.name == "cancel_pending_order"
	order.status != "pending"
}

deny contains "an order is cancelled because it is no longer needed or was a mistake, and for no other reason" if {
	input.call.name == "cancel_pending_order"
	reason := input.call.arguments.reason
	not reason in ["no longer needed", "ordered by mistake"]
}

deny contains sprintf("only a pending order is changed; this one is %s", [order.status]) if {
	startswith(input.call.name, "modify_pending_order")
	order.status != "pending"
}

deny contains sprintf("only what was delivered is returned or exchanged; this order is %s", [order.status]) if {
	input.call.name in ["return_delivered_order_items", "exchange_delivered_order_items"]
	order.status != "delivered"
}

deny contains "the payment method is not in the customer's profile" if {
	method := input.call.arguments.payment_method_id
	order
	not buyer.payment_methods[method]
}

# A refund goes where the money came from, or to a gift card.
deny contains "a refund goes to the original payment method or to a gift card" if {
	input.call.name == "return_delivered_order_items"
	method := input.call.arguments.payment_method_id
	not startswith(method, "gift_card")
	paid := {payment.payment_method_id | some payment in order.payment_history}
	not method in paid
}
