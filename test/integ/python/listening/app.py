def handler(event, _context):
    print(f"got {event['detail-type']}")
    return event["detail"]
