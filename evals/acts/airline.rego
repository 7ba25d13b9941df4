# What an airline's desk must not do, over its own data. The reason of a cancellation is what the customer says: only
# whether it is one that an insurance covers is looked for.
package countersign.effect

import rego.v1

# The desk's clock, and a day before it.
today := "2024-05-15"

a_day_ago := "2024-05-14T15:00:00"

reservation := input.database_slice.reservations[input.call.arguments.reservation_id]

customer := input.database_slice.users[reservation.user_id]

said := lower(json.marshal(input.user))

flown if {
	some flight in reservation.flights
	flight.date < today
}

cancelled_by_airline if {
	some flight in reservation.flights
	input.database_slice.flights[flight.flight_number].dates[flight.date].status == "cancelled"
}

covered if {
	reservation.insurance == "yes"
	some word in ["sick", "ill ", "illness", "health", "hospital", "injur", "weather", "storm"]
	contains(said, word)
}

may_be_cancelled if reservation.created_at >= a_day_ago

may_be_cancelled if reservation.cabin == "business"

# The cabin may have been changed to business before.
may_be_cancelled if {
	some call in input.done
	call.arguments.reservation_id == input.call.arguments.reservation_id
	call.arguments.cabin == "business"
}

may_be_cancelled if cancelled_by_airline

may_be_cancelled if covered

deny contains "a part of the trip has been flown" if {
	input.call.name == "cancel_reservation"
	flown
}

deny contains "it is older than a day, not in business, not cancelled by the airline, and no insurance covers the reason" if {
	input.call.name == "cancel_reservation"
	reservation
	not may_be_cancelled
}

# Flights that stay as they are leave a change of the cabin alone.
same_flights if {
	wanted := {sprintf("%s %s", [flight.flight_number, flight.date]) | some flight in input.call.arguments.flights}
	booked := {sprintf("%s %s", [flight.flight_number, flight.date]) | some flight in reservation.flights}
	wanted == booked
}

deny contains "basic economy flights are not changed" if {
	input.call.name == "update_reservation_flights"
	reservation.cabin == "basic_economy"
	not same_flights
}

deny contains "the cabin is not changed when a part has been flown" if {
	input.call.name == "update_reservation_flights"
	input.call.arguments.cabin != reservation.cabin
	flown
}

deny contains "insurance is not added after booking" if input.call.name == "add_insurance"

deny contains "checked bags are not taken away" if {
	input.call.name == "update_reservation_baggages"
	input.call.arguments.total_baggages < reservation.total_baggages
}

deny contains "the number of passengers is not changed" if {
	input.call.name == "update_reservation_passengers"
	count(input.call.arguments.passengers) != count(reservation.passengers)
}

deny contains "at most five passengers fly on one reservation" if {
	input.call.name == "book_reservation"
	count(input.call.arguments.passengers) > 5
}

# A certificate is for a flight that the airline cancelled; for a late one only after the trip was changed or cancelled.
deny contains "nothing was cancelled by the airline, and nothing was changed or cancelled before" if {
	input.call.name == "send_certificate"
	not cancelled_by_airline
	not input.done
}

deny contains "a regular member without insurance in economy is not compensated" if {
	input.call.name == "send_certificate"
	customer.membership == "regular"
	reservation.insurance != "yes"
	reservation.cabin != "business"
}

deny contains "the payment method is not in the customer's profile" if {
	method := input.call.arguments.payment_id
	reservation
	not customer.payment_methods[method]
}
