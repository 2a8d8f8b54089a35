"""Is all there that the service needs? Looks, changes nothing, and says of each part what is wrong and the mend."""
