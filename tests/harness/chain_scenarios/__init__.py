"""What may go wrong in the back half of the alert chain, each as a function of a folder and of how long it lasts."""
