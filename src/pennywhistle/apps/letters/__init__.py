"""Letters about purchases: each order's receipt by mail, provisional at first if need be."""
